#pragma once

#include "edge/spool/spool.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace holdfast::edge {

/// The one thread that uses the spool: a slow disk delays neither the loop nor its sensors.
///
/// Work runs in the order it was given. Its outcome comes back on the loop, which must run until
/// the last one has come.
class Storage {
public:
    Storage(boost::asio::io_context& loop, spool::Spool& spool)
        : loop_(loop)
        , spool_(spool) {}
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    ~Storage() { thread_.join(); }

    /// Called on the loop, before `failed`, when the spool turns out to be damaged.
    void on_damage(std::function<void(const std::string& reason)> handler) {
        damaged_ = std::move(handler);
    }

    /// Runs `work(spool)` and then, on the loop, `done(result)` or `failed(exception)`.
    template <typename Work, typename Done, typename Failed>
    void run(Work work, Done done, Failed failed) {
        // Keeps the loop alive until the outcome is there.
        auto guard = boost::asio::make_work_guard(loop_);
        boost::asio::post(thread_, [this, work = std::move(work), done = std::move(done),
                                    failed = std::move(failed),
                                    guard = std::move(guard)]() mutable {
            try {
                if constexpr (std::is_void_v<decltype(work(spool_))>) {
                    work(spool_);
                    boost::asio::post(loop_, std::move(done));
                } else {
                    boost::asio::post(loop_,
                                      [done = std::move(done), result = work(spool_)]() mutable {
                                          done(std::move(result));
                                      });
                }
            } catch (const spool::DatabaseDamaged& damage) {
                boost::asio::post(loop_, [this, failed = std::move(failed), damage]() mutable {
                    if (damaged_) {
                        damaged_(damage.what());
                    }
                    failed(std::make_exception_ptr(damage));
                });
            } catch (...) {
                boost::asio::post(loop_,
                                  [failed = std::move(failed),
                                   error = std::current_exception()]() mutable { failed(error); });
            }
        });
    }

private:
    boost::asio::io_context& loop_;
    spool::Spool& spool_;
    std::function<void(const std::string&)> damaged_;
    boost::asio::thread_pool thread_{1};
};

/// What an exception says, for a log line.
inline std::string message_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) {
        return exception.what();
    }
}

} // namespace holdfast::edge
