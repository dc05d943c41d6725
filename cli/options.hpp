#pragma once

#include "cli/setup/installation.hpp"
#include "cli/verb.hpp"

#include <boost/program_options.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// The call's words are wrong.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Options that a person gives as words without their names: `holdfast cert renew NAME`.
struct Words {
    std::string_view command{}; ///< what stands before them
    boost::program_options::positional_options_description names{};
};

/// Parses a verb's words; prints the help text and answers nothing when --help is among them.
/// Options come from the command line, else from HOLDFAST_* variables, else from their defaults.
std::optional<boost::program_options::variables_map>
parse(const Arguments& arguments, const boost::program_options::options_description& options,
      std::string_view about, std::string_view example, const Words& words = {});

/// The option --dir: the folder of an appliance, /etc/holdfast unless given.
void add_dir_option(boost::program_options::options_description& options);
std::filesystem::path dir_option(const boost::program_options::variables_map& values);

/// The option --state, and where the broker of the appliance in `folder` is to be by it.
void add_state_option(boost::program_options::options_description& options);
BrokerSeat broker_seat_option(const boost::program_options::variables_map& values,
                              const std::filesystem::path& folder);

/// The option --outage: how long the way to the cloud is cut, `20` in seconds or with a unit.
/// Throws UsageError below 5 s, which a bridge would hardly notice, and above a day.
void add_outage_option(boost::program_options::options_description& options,
                       const std::string& otherwise);
std::chrono::seconds outage_option(const boost::program_options::variables_map& values);

} // namespace holdfast::cli
