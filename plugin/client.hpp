#pragma once

#include "plugin/client_names.hpp"

#include <string_view>

namespace holdfast {

/// Who is connected, and from where.
struct Client {
    ClientNames names;
    std::string_view address;     ///< empty when the broker does not know it
    const void* handle = nullptr; ///< the broker's object for it: only to tell one from another
    /// False where the broker asks about the sender of a retained message, who may be long gone.
    bool present = true;
    bool has_subscriptions = true; ///< as far as the broker says
};

} // namespace holdfast
