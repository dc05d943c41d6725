#pragma once

#include "edge/mqtt/endpoint.hpp"

#include <memory>
#include <string>
#include <string_view>

struct mosquitto;

namespace holdfast::mqtt {

struct HandleDeleter {
    void operator()(mosquitto* handle) const noexcept;
};
using Handle = std::unique_ptr<mosquitto, HandleDeleter>;

/// A handle that is ready to connect as `endpoint` says, with `object` given to its callbacks, and
/// that sends packets only when it is told to write. Throws Error naming the setting at fault.
Handle make_handle(const Endpoint& endpoint, void* object);

/// Throws Error with `what` and the meaning of libmosquitto's code, unless it is success. Reads
/// errno, so nothing may come between it and the call it checks.
void check(int code, std::string_view what);

/// The meaning of libmosquitto's code; of errno where it says so.
std::string describe(int code);

} // namespace holdfast::mqtt
