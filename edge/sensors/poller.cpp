#include "edge/sensors/poller.hpp"

#include <boost/asio/post.hpp>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace holdfast::sensors {

namespace {

/// The daemon's signals are for its loop: threads started in this scope do not take them.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

/// What one read came to.
struct Answer {
    enum class Kind { value, rejected, offline };
    Kind kind;
    double value = 0;
    BootTime at{};
    std::string reason{};
};

Answer ask(const std::function<double()>& read) {
    try {
        const double value = read();
        return {Answer::Kind::value, value, boot_now()};
    } catch (const UnusableValue& error) {
        return {Answer::Kind::rejected, 0, {}, error.what()};
    } catch (const std::exception& error) {
        return {Answer::Kind::offline, 0, {}, error.what()};
    }
}

} // namespace

/// Shared by the poller and its thread, so that either may go first.
class Poller::Worker : public std::enable_shared_from_this<Worker> {
public:
    Worker(boost::asio::io_context& loop, std::function<double()> read, Outlet& outlet)
        : loop_(loop)
        , read_(std::move(read))
        , outlet_(outlet) {}

    void start() {
        const SignalsBlocked blocked;
        thread_ = std::thread([self = shared_from_this()] { self->run(); });
    }

    /// Wants one read; does nothing while one is under way.
    void request() {
        const std::lock_guard lock(mutex_);
        requested_ = !busy_;
        wake_.notify_one();
    }

    /// On the loop: whether a device that failed is still to be left alone.
    bool pausing(std::chrono::milliseconds every) const {
        constexpr unsigned most_doublings = 12;
        if (failures_ == 0) {
            return false;
        }
        const auto pause = std::min<std::chrono::milliseconds>(
            every * (1U << std::min(failures_ - 1, most_doublings)), longest_pause);
        // Half a period of grace: the ticks that we count by have jitter.
        return std::chrono::steady_clock::now() - failed_at_ < pause - every / 2;
    }

    void stop() {
        std::unique_lock lock(mutex_);
        stopped_ = true;
        wake_.notify_one();
        const bool busy = busy_;
        lock.unlock();
        if (!thread_.joinable()) {
            return;
        }
        if (busy) {
            thread_.detach();
        } else {
            thread_.join();
        }
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [&] { return requested_ || stopped_; });
            if (stopped_) {
                return;
            }
            requested_ = false;
            busy_ = true;
            lock.unlock();
            auto answer = ask(read_);
            lock.lock();
            busy_ = false;
            if (stopped_) {
                return; // the loop may be gone
            }
            boost::asio::post(loop_, [self = shared_from_this(), answer = std::move(answer)] {
                self->deliver(answer);
            });
        }
    }

    /// On the loop, as stop() is: so nothing is delivered after it.
    void deliver(const Answer& answer) {
        {
            const std::lock_guard lock(mutex_);
            if (stopped_) {
                return;
            }
        }
        failures_ = answer.kind == Answer::Kind::offline ? failures_ + 1 : 0;
        failed_at_ = std::chrono::steady_clock::now();
        switch (answer.kind) {
        case Answer::Kind::value:
            return outlet_.value(answer.value, answer.at);
        case Answer::Kind::rejected:
            return outlet_.rejected(answer.reason);
        case Answer::Kind::offline:
            return outlet_.offline(answer.reason);
        }
    }

    boost::asio::io_context& loop_;
    std::function<double()> read_;
    Outlet& outlet_;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool requested_ = false;
    bool busy_ = false;
    bool stopped_ = false;
    unsigned failures_ = 0; ///< in a row; of the loop, as the next
    std::chrono::steady_clock::time_point failed_at_{};
};

Poller::Poller(boost::asio::io_context& loop, std::chrono::milliseconds every,
               std::function<double()> read, Outlet& outlet)
    : every_(every)
    , worker_(std::make_shared<Worker>(loop, std::move(read), outlet))
    , ticker_(loop, every, [this] { tick(); }) {}

Poller::~Poller() {
    worker_->stop();
}

void Poller::tick() {
    if (!worker_->pausing(every_)) {
        worker_->request();
    }
}

void Poller::set_every(std::chrono::milliseconds every) {
    every_ = every;
    ticker_.set_period(every);
}

void Poller::start() {
    worker_->start();
    ticker_.start();
}

} // namespace holdfast::sensors
