#pragma once

#include "edge/spool/spool.hpp"
#include "soak/source.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace holdfast::test {

/// All that a spool holds, in its order.
struct Stored {
    std::map<std::string, std::vector<double>> values;        ///< of each series
    std::map<std::string, std::vector<std::string>> messages; ///< of each topic
};

Stored read_spool(const spool::Spool& spool);

/// What was counted as a reading is in the spool, and of what was said only that is missing which
/// went with a plug or was too fast. `counts` are the sensor's in the daemon's status.
void check_said(const Source& source, const std::vector<double>& values,
                const nlohmann::json& counts);

/// From the first that the daemon was there for, none is missing and none there twice.
void check_captured(const Source& source, const std::vector<std::string>& messages);

/// 0, 1, 2 … without a gap.
void check_simulated(const std::vector<double>& values);

} // namespace holdfast::test
