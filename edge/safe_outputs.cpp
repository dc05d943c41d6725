#include "edge/safe_outputs.hpp"

#include "edge/control/output.hpp"
#include "edge/ports/ports.hpp"

#include <algorithm>

namespace holdfast::edge {

namespace {

control::Output::Handlers nobody_listens() {
    return {.answer = [](const std::string&, const std::string&) {},
            .changed = [](const control::Output&) {},
            .status = [](const control::Output&) {}};
}

bool is_set(const std::unique_ptr<control::Output>& output) {
    return output->status() == "online";
}

} // namespace

std::vector<std::string> make_outputs_safe(const config::Settings& settings, const Log& log,
                                           std::chrono::milliseconds limit) {
    boost::asio::io_context loop;
    ports::Ports ports(loop, log, settings.spool.path.parent_path());
    std::vector<std::unique_ptr<control::Output>> outputs;
    for (const auto& output : settings.outputs) {
        outputs.push_back(std::make_unique<control::Output>(ports, output, nobody_listens()));
        if (outputs.back()->state().empty()) {
            outputs.pop_back(); // safe = keep
        }
    }
    for (const auto& output : outputs) {
        output->start(); // what comes online is told its state, which is the safe one
    }
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!std::all_of(outputs.begin(), outputs.end(), is_set) &&
           std::chrono::steady_clock::now() < end) {
        loop.run_one_until(end);
    }
    std::vector<std::string> failures;
    for (const auto& output : outputs) {
        output->stop();
        if (!is_set(output)) {
            failures.push_back(output->name() + ": " +
                               (output->status().empty() ? "not ready in time" : output->status()));
        }
    }
    return failures;
}

} // namespace holdfast::edge
