#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace holdfast::edge {

/// An order of the cloud as it came.
struct CloudOrder {
    static constexpr std::size_t longest = 4096;  ///< bytes of payload
    static constexpr std::size_t longest_id = 64; ///< bytes

    std::string id;   ///< empty where the sender gave none
    std::string text; ///< for the output or instruction
};

/// `{"id":"7","order":"toggle"}` gives both; any other JSON object with an `id` is the text itself,
/// as every other payload is, without an id. An id is a text or a whole number. Throws Error for
/// what is too long, and for an id or order of another kind.
CloudOrder read_order(std::string_view payload);

/// Tells an order that comes a second time from one that is given a second time. MQTT brings each
/// at least once: a repeat comes when a connection on the way was made anew, before anything that
/// was given later.
///
/// - an id is carried out once per topic
/// - without one, what equals an order taken before the new connection counts as a repeat, once for
///   each, until another order comes on that topic or `doubt` has passed
class Repeats {
public:
    static constexpr std::size_t remembered = 100; ///< ids and orders of each topic
    static constexpr BootTime doubt = std::chrono::seconds(30);

    Repeats() = default;
    /// As str() gave it; what cannot be read is forgotten.
    explicit Repeats(std::string_view kept);

    void reconnected(BootTime now);
    /// Remembers it if it is none.
    bool is_repeat(const std::string& topic, const CloudOrder& order, BootTime now);
    std::string str() const;

private:
    struct Known {
        std::deque<std::string> ids;
        std::deque<std::string> texts;
        std::deque<std::string> suspects; ///< of `texts`: may come again
    };

    static bool was_taken(Known& known, const CloudOrder& order);

    std::map<std::string, Known> topics_;
    BootTime doubt_ends_{};
};

} // namespace holdfast::edge
