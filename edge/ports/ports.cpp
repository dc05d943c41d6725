#include "edge/ports/ports.hpp"

#include "core/atomic_file.hpp"

#include <boost/asio/post.hpp>

namespace holdfast::ports {

std::optional<std::string> Ports::kept(const std::string& name) const {
    const auto path = state / name;
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) {
        return std::nullopt;
    }
    try {
        return read_file(path);
    } catch (const std::exception& error) {
        log.warning("what was kept cannot be read", {{"reason", error.what()}});
        return std::nullopt;
    }
}

void Ports::keep(const std::string& name, std::string content) {
    boost::asio::post(background, [path = state / name, content = std::move(content), to = log] {
        try {
            write_file(path, content, FileMode::group);
        } catch (const std::exception& error) {
            to.warning("cannot be kept over a restart", {{"reason", error.what()}});
        }
    });
}

} // namespace holdfast::ports
