#pragma once

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace holdfast::test {

/// A chip of the kernel's gpio-sim: real to every program, its far end driven through sysfs.
/// Documentation/admin-guide/gpio/gpio-sim.rst
class SimChip {
public:
    static constexpr unsigned lines = 8;

    static bool possible() { return std::filesystem::exists(root()); }

    /// The first lines get these names.
    explicit SimChip(const std::vector<std::string>& names)
        : device_(root() / "holdfast") {
        std::filesystem::create_directory(device_);
        std::filesystem::create_directory(bank());
        write(bank() / "num_lines", fmt::format("{}", lines));
        for (std::size_t line = 0; line < names.size(); ++line) {
            std::filesystem::create_directory(line_folder(line));
            write(line_folder(line) / "name", names[line]);
        }
        named_ = names.size();
        write(device_ / "live", "1");
        name_ = read(bank() / "chip_name");
        far_end_ =
            std::filesystem::path("/sys/devices/platform") / read(device_ / "dev_name") / name_;
    }
    SimChip(const SimChip&) = delete;
    SimChip& operator=(const SimChip&) = delete;
    ~SimChip() {
        std::error_code ignored; // configfs folders go with rmdir, from the inside
        std::ofstream(device_ / "live") << "0";
        for (std::size_t line = 0; line < named_; ++line) {
            std::filesystem::remove(line_folder(line), ignored);
        }
        std::filesystem::remove(bank(), ignored);
        std::filesystem::remove(device_, ignored);
    }

    const std::string& name() const noexcept { return name_; }

    void drive(unsigned line, bool level) const {
        write(far_end_ / fmt::format("sim_gpio{}", line) / "pull", level ? "pull-up" : "pull-down");
    }
    bool level(unsigned line) const {
        return read(far_end_ / fmt::format("sim_gpio{}", line) / "value") == "1";
    }

private:
    static std::filesystem::path root() { return "/sys/kernel/config/gpio-sim"; }
    std::filesystem::path bank() const { return device_ / "bank0"; }
    std::filesystem::path line_folder(std::size_t line) const {
        return bank() / fmt::format("line{}", line);
    }

    static void write(const std::filesystem::path& file, const std::string& text) {
        std::ofstream out(file);
        out << text << std::flush;
        if (!out) {
            throw_errno(file.string());
        }
    }
    static std::string read(const std::filesystem::path& file) {
        std::string text;
        std::getline(std::ifstream(file), text);
        return text;
    }

    std::filesystem::path device_;
    std::filesystem::path far_end_;
    std::string name_;
    std::size_t named_ = 0;
};

} // namespace holdfast::test
