#pragma once

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace holdfast::config {

/// A text that is published with the readings of several sensors in it.
struct TemplateSettings {
    std::string name;
    TopicName topic;          ///< here, and below `<site>/`
    std::string text;         ///< edge/control/message_template.hpp knows its places
    std::string text_where{}; ///< of that key, for messages
    std::string after{};      ///< the sensor each reading of which sends it
    bool up = true;           ///< whether the cloud gets it
};

/// The [template NAME] sections of a configuration. Throws InputError, but not for settings that
/// parse_settings() gave: it has read them once.
std::vector<TemplateSettings> templates(const Settings& settings);

} // namespace holdfast::config
