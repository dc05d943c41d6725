#pragma once

#include "plugin/host_broker.hpp"

#include <string>
#include <vector>

namespace holdfast::test {

/// Remembers what it was asked.
class RecordingBroker : public HostBroker {
public:
    void end_sessions_of(const std::string& user) override { ended.push_back(user); }

    std::vector<std::string> ended;
};

} // namespace holdfast::test
