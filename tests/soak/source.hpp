#pragma once

#include "support/mqtt_client.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::test {

/// One device of a soak: it counts, and can be unplugged. What it says is 1, 2, 3 … so that what
/// is missing, doubled or out of order shows.
class Source {
public:
    /// How the numbers of a source come to the sensor.
    enum class Way {
        lines, ///< each once
        polled ///< the newest, as often as it is asked for
    };

    Source(std::string name, Way way)
        : name_(std::move(name))
        , way_(way) {}
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    const std::string& name() const noexcept { return name_; }
    Way way() const noexcept { return way_; }
    bool plugged() const noexcept { return plugged_; }
    /// How many numbers it has said, and how often something that is no number.
    std::uint64_t said() const noexcept { return said_; }
    std::uint64_t nonsense() const noexcept { return nonsense_; }
    std::uint64_t unplugs() const noexcept { return unplugs_; }

    /// Its [sensor NAME].
    virtual std::string section() const = 0;

    void plug() {
        connect();
        plugged_ = true;
    }
    void unplug() {
        disconnect();
        plugged_ = false;
        ++unplugs_;
    }
    /// The next number. Nothing while it is unplugged or nobody listens.
    void speak() { said_ += plugged_ && say(std::to_string(said_ + 1)) ? 1U : 0U; }
    void speak_nonsense() { nonsense_ += plugged_ && say("nonsense") ? 1U : 0U; }

protected:
    virtual void connect() = 0;
    virtual void disconnect() = 0;
    virtual bool say(const std::string& text) = 0;

private:
    std::string name_;
    Way way_;
    bool plugged_ = false;
    std::uint64_t said_ = 0;
    std::uint64_t nonsense_ = 0;
    std::uint64_t unplugs_ = 0;
};

using Sources = std::vector<std::unique_ptr<Source>>;

/// Serial ports, programs, files, kernel folders and MQTT devices, with their files in `folder`;
/// `connect` makes an MQTT client that is connected.
Sources make_sources(const std::filesystem::path& folder,
                     const std::function<std::unique_ptr<MqttClient>()>& connect);

} // namespace holdfast::test
