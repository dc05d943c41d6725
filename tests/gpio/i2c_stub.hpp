#pragma once

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <sys/ioctl.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>

namespace holdfast::test {

/// A chip on the kernel's i2c-stub, a bus whose chips are memory: the test writes the registers
/// that a real chip would have, and the kernel's own driver of that chip reads them.
/// Documentation/i2c/i2c-stub.rst
class StubChip {
public:
    static bool possible() { return !bus().empty(); }

    explicit StubChip(unsigned short address)
        : address_(address)
        , device_(::open(("/dev/" + bus()).c_str(), O_RDWR | O_CLOEXEC)) {
        if (!device_ || ::ioctl(device_.get(), I2C_SLAVE_FORCE, address_) != 0) {
            throw_errno(bus());
        }
    }
    StubChip(const StubChip&) = delete;
    StubChip& operator=(const StubChip&) = delete;
    ~StubChip() { std::ofstream(folder() / "delete_device") << fmt::format("{:#x}", address_); }

    void byte(unsigned char command, unsigned char value) const {
        i2c_smbus_data data{};
        data.byte = value; // NOLINT(*-union-access): the kernel's
        transfer(command, I2C_SMBUS_BYTE_DATA, data);
    }
    void bytes(unsigned command, std::initializer_list<unsigned char> values) const {
        for (const auto value : values) {
            byte(static_cast<unsigned char>(command++), value);
        }
    }
    /// As chips send it: the high byte first.
    void word(unsigned char command, unsigned short value) const {
        i2c_smbus_data data{};
        // NOLINTNEXTLINE(*-union-access): the kernel's
        data.word = static_cast<unsigned short>(value << 8 | value >> 8);
        transfer(command, I2C_SMBUS_WORD_DATA, data);
    }
    unsigned char byte(unsigned char command) const {
        i2c_smbus_data data{};
        transfer(command, I2C_SMBUS_BYTE_DATA, data, I2C_SMBUS_READ);
        return data.byte; // NOLINT(*-union-access): the kernel's
    }

    /// Has the kernel's driver of that name take the chip.
    void bind(const std::string& driver) const {
        std::ofstream file(folder() / "new_device");
        file << fmt::format("{} {:#x}", driver, address_) << std::flush;
        if (!file) {
            throw_errno(driver);
        }
    }

private:
    static std::filesystem::path devices() { return "/sys/bus/i2c/devices"; }
    /// `i2c-0`, or empty where there is none.
    static std::string bus() {
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(devices(), none)) {
            const auto name = entry.path() / "name";
            if (std::filesystem::exists(name) &&
                read_file(name).find("SMBus stub") != std::string::npos) {
                return entry.path().filename().string();
            }
        }
        return "";
    }
    static std::filesystem::path folder() { return devices() / bus(); }

    void transfer(unsigned char command, unsigned int size, i2c_smbus_data& data,
                  unsigned char direction = I2C_SMBUS_WRITE) const {
        i2c_smbus_ioctl_data call{direction, command, size, &data};
        if (::ioctl(device_.get(), I2C_SMBUS, &call) != 0) {
            throw_errno("i2c-stub");
        }
    }

    unsigned short address_;
    UniqueFd device_;
};

} // namespace holdfast::test
