#include "cli/doctor/sockets.hpp"

#include "core/atomic_file.hpp"
#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace holdfast::cli::doctor {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view listening = "0A"; ///< TCP_LISTEN of the kernel's tcp_states.h
constexpr std::size_t state_column = 3;
constexpr std::size_t inode_column = 9;
constexpr std::size_t word_digits = 8;

template <typename Number>
std::optional<Number> parse(std::string_view text, int base) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// The kernel prints addresses as 32-bit words in the machine's own order.
std::optional<std::string> parse_address(std::string_view hex) {
    std::array<std::uint32_t, 4> words{};
    const auto count = hex.size() / word_digits;
    if (hex.size() % word_digits != 0 || (count != 1 && count != words.size())) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto word = parse<std::uint32_t>(hex.substr(i * word_digits, word_digits), 16);
        if (!word) {
            return std::nullopt;
        }
        words[i] = *word;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(count == 1 ? AF_INET : AF_INET6, words.data(), text.data(), text.size());
    return std::string(text.data());
}

std::vector<std::string_view> columns(std::string_view line) {
    std::vector<std::string_view> found;
    for (const auto word : split(line, ' ')) {
        if (!trim(word).empty()) {
            found.push_back(trim(word));
        }
    }
    return found;
}

std::optional<ListeningSocket> parse_line(std::string_view line) {
    const auto words = columns(line);
    if (words.size() <= inode_column || words[state_column] != listening) {
        return std::nullopt;
    }
    const auto colon = words[1].find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto address = parse_address(words[1].substr(0, colon));
    const auto port = parse<std::uint16_t>(words[1].substr(colon + 1), 16);
    const auto inode = parse<std::uint64_t>(words[inode_column], 10);
    return address && port && inode ? std::optional(ListeningSocket{*address, *port, *inode})
                                    : std::nullopt;
}

} // namespace

bool ListeningSocket::on_loopback() const {
    return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

std::vector<ListeningSocket> parse_sockets(std::string_view text) {
    std::vector<ListeningSocket> sockets;
    for (const auto line : split(text, '\n')) {
        if (const auto socket = parse_line(line)) {
            sockets.push_back(*socket);
        }
    }
    return sockets;
}

std::vector<ListeningSocket> listening_sockets(const fs::path& proc) {
    std::vector<ListeningSocket> sockets;
    for (const auto* const table : {"net/tcp", "net/tcp6"}) {
        if (fs::exists(proc / table)) {
            const auto more = parse_sockets(read_file(proc / table));
            sockets.insert(sockets.end(), more.begin(), more.end());
        }
    }
    return sockets;
}

bool holds(const fs::path& proc, pid_t process, std::uint64_t inode) {
    const auto wanted = fmt::format("socket:[{}]", inode);
    std::error_code hidden;
    for (const auto& entry :
         fs::directory_iterator(proc / std::to_string(process) / "fd", hidden)) {
        std::error_code gone;
        if (fs::read_symlink(entry.path(), gone) == wanted) {
            return true;
        }
    }
    return false;
}

} // namespace holdfast::cli::doctor
