#pragma once

#include "plugin/rule_tree.hpp"

#include <string_view>

namespace holdfast {

/// Who is connected, and from where.
struct Client {
    ClientNames names;
    std::string_view address; ///< empty when the broker does not know it
};

} // namespace holdfast
