#include "soak/source.hpp"

#include "core/error.hpp"
#include "core/unique_fd.hpp"
#include "integration/sensors/pseudo_terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace holdfast::test {

namespace {

namespace fs = std::filesystem;

class SerialSource : public Source {
public:
    SerialSource(const std::string& name, const fs::path& folder)
        : Source(name, Way::lines)
        , port_(folder / name) {}

    std::string section() const override {
        return fmt::format("driver = serial\ndevice = {}\nsettle = 0s\nevery = 10ms\n",
                           port_.string());
    }

private:
    void connect() override {
        terminal_.emplace();
        fs::create_symlink(terminal_->device(), port_);
    }
    void disconnect() override {
        fs::remove(port_);
        terminal_.reset();
    }
    /// All of a line, or the port has not been read for minutes.
    bool say(const std::string& text) override {
        const auto line = text + "\r\n";
        if (terminal_->send(line) != line.size()) {
            throw Error(port_.string() + " is not read any more");
        }
        return true;
    }

    fs::path port_;
    std::optional<PseudoTerminal> terminal_;
};

/// A program that prints what we write, and ends when we stop.
class ProgramSource : public Source {
public:
    ProgramSource(const std::string& name, const fs::path& folder)
        : Source(name, Way::lines)
        , pipe_(folder / name) {
        if (::mkfifo(pipe_.c_str(), 0600) != 0) {
            throw_errno(pipe_.string());
        }
    }

    std::string section() const override {
        return fmt::format("driver = exec\ncommand = cat {}\nevery = 10ms\n", pipe_.string());
    }

private:
    void connect() override {}
    void disconnect() override { end_ = UniqueFd(); }
    /// Nothing as long as the program has not been started again.
    bool say(const std::string& text) override {
        if (!end_) {
            end_ = UniqueFd(::open(pipe_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
        }
        const auto line = text + "\n";
        return end_ &&
               ::write(end_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
    }

    fs::path pipe_;
    UniqueFd end_;
};

/// A file of the kernel's, or what looks like one, in a folder that goes when it is unplugged.
class FileSource : public Source {
public:
    struct Shape {
        std::string driver;  ///< and its keys; @ROOT@ stands for the folder
        std::string file;    ///< that holds the number, below the folder
        std::string before;  ///< the number
        std::string others;  ///< name=content of files beside it, with spaces between
        std::string after{}; ///< the number
    };

    FileSource(const std::string& name, const fs::path& folder, Shape shape)
        : Source(name, Way::polled)
        , shape_(std::move(shape))
        , root_(folder / name) {
        const auto parent = (root_ / shape_.file).parent_path();
        fs::create_directories(parent);
        std::string_view rest = shape_.others;
        while (!rest.empty()) {
            const auto pair = rest.substr(0, rest.find(' '));
            const auto equals = pair.find('=');
            put(parent / pair.substr(0, equals), std::string(pair.substr(equals + 1)));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        }
        put(root_ / shape_.file, shape_.before + "0" + shape_.after);
        fs::rename(root_, away());
    }

    std::string section() const override {
        auto keys = shape_.driver;
        constexpr std::string_view place = "@ROOT@";
        if (const auto at = keys.find(place); at != std::string::npos) {
            keys.replace(at, place.size(), root_.string());
        }
        return keys + "every = 500ms\n";
    }

private:
    void connect() override { fs::rename(away(), root_); }
    void disconnect() override { fs::rename(root_, away()); }
    bool say(const std::string& text) override {
        put(root_ / shape_.file, shape_.before + text + shape_.after);
        return true;
    }

    fs::path away() const { return root_.string() + ".away"; }
    /// A reader sees the old content or the new one.
    static void put(const fs::path& path, const std::string& content) {
        const fs::path fresh = path.string() + ".new";
        std::ofstream(fresh) << content << '\n';
        fs::rename(fresh, path);
    }

    Shape shape_;
    fs::path root_;
};

class DeviceSource : public Source {
public:
    DeviceSource(const std::string& name, std::function<std::unique_ptr<MqttClient>()> make_client)
        : Source(name, Way::lines)
        , make_client_(std::move(make_client)) {}

    std::string section() const override {
        return fmt::format("driver = mqtt\nlisten = devices/{}\nmember = n\nevery = 10ms\n",
                           name());
    }

private:
    void connect() override { client_ = make_client_(); }
    /// As a crash does.
    void disconnect() override { client_.reset(); }
    bool say(const std::string& text) override {
        return client_->publish("devices/" + name(), fmt::format(R"({{"n":{}}})", text), 1) == 0;
    }

    std::function<std::unique_ptr<MqttClient>()> make_client_;
    std::unique_ptr<MqttClient> client_;
};

/// The kernel's folders, as its drivers make them. One step of each is 1 in the sensor's unit.
std::vector<FileSource::Shape> shapes() {
    return {
        {"driver = file\npath = @ROOT@/value\n", "value", "", ""},
        {"driver = iio\nsysfs = @ROOT@\ndevice = ads1015\nchannel = voltage0\n",
         "bus/iio/devices/iio:device0/in_voltage0_raw", "", "name=ads1015 in_voltage0_scale=1000"},
        {"driver = w1\nsysfs = @ROOT@\ndevice = 28-0316a2794cff\n",
         "bus/w1/devices/28-0316a2794cff/w1_slave",
         "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=", "", "000"},
        {"driver = hwmon\nsysfs = @ROOT@\ndevice = ina219\nchannel = in1\n",
         "class/hwmon/hwmon0/in1_input", "", "name=ina219", "000"},
        {"driver = thermal\nsysfs = @ROOT@\nzone = cpu-thermal\n",
         "class/thermal/thermal_zone0/temp", "", "type=cpu-thermal", "000"},
    };
}

} // namespace

Sources make_sources(const fs::path& folder,
                     const std::function<std::unique_ptr<MqttClient>()>& connect) {
    constexpr int of_each_stream = 8;
    constexpr int of_each_shape = 4;
    Sources sources;
    for (int i = 1; i <= of_each_stream; ++i) {
        sources.push_back(std::make_unique<SerialSource>(fmt::format("serial-{}", i), folder));
        sources.push_back(std::make_unique<ProgramSource>(fmt::format("program-{}", i), folder));
        sources.push_back(std::make_unique<DeviceSource>(fmt::format("device-{}", i), connect));
    }
    for (int i = 1; i <= of_each_shape; ++i) {
        for (const auto& shape : shapes()) {
            const auto driver = shape.driver.substr(9, shape.driver.find('\n') - 9);
            sources.push_back(
                std::make_unique<FileSource>(fmt::format("{}-{}", driver, i), folder, shape));
        }
    }
    return sources;
}

} // namespace holdfast::test
