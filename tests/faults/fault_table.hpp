#pragma once

#include "support/appliance.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

namespace holdfast::test {

/// Adds a line to the table of docs/reliability.md, in the file that HOLDFAST_FAULT_TABLE names.
class FaultLine {
public:
    /// From now on it is measured how long everything takes to be proved.
    explicit FaultLine(std::string fault)
        : fault_(std::move(fault)) {}

    void write(const Account& result) const {
        add(fmt::format("{} | {} | {} | {}", result.sent, result.lost, result.duplicates,
                        result.sequences));
    }

    /// Only the time.
    void write() const { add("| | | "); }

private:
    void add(const std::string& figures) const {
        const char* const file = std::getenv("HOLDFAST_FAULT_TABLE");
        if (file == nullptr) {
            return;
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
        // One write in append mode: test programs run beside each other.
        std::ofstream(file, std::ios::app)
            << fmt::format("| {} | {} | {:.1f} |\n", fault_, figures, took.count());
    }

    std::string fault_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace holdfast::test
