#pragma once

#include "config/ini.hpp"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace holdfast::config {

/// Takes typed values out of one section and, at the end, refuses the keys nobody took.
///
/// Every fault is an InputError that names where the value was written and what is expected. The
/// keys that were asked for are the keys that exist, so the two can never disagree.
class SectionReader {
public:
    explicit SectionReader(const Section& section)
        : section_(section) {}

    std::optional<std::string> text(std::string_view key);
    std::optional<std::chrono::milliseconds> duration(std::string_view key);
    std::optional<std::uint64_t> size(std::string_view key);
    std::optional<double> number(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t least,
                                        std::int64_t greatest);
    std::optional<bool> yes_no(std::string_view key);
    /// One of the given words.
    std::optional<std::string> choice(std::string_view key,
                                      std::initializer_list<std::string_view> words);

    /// As text(), for a key that must be there and not be empty.
    std::string required(std::string_view key);

    /// Where `key` was written; the section's place if it was not.
    const std::string& where(std::string_view key) const;
    /// Refuses a value that was read, with a reason.
    [[noreturn]] void refuse(std::string_view key, std::string_view reason) const;

    /// Runs `make` on the value of `key`; an Error it throws is refused with its place.
    template <typename Make>
    auto made(std::string_view key, const std::string& value, Make make) const {
        return located(key, [&] { return make(value); });
    }

    /// The entries nobody asked for.
    std::vector<Entry> untaken() const;
    /// Throws InputError for the first entry nobody asked for, naming the nearest key there is.
    void finish() const;

private:
    const Entry* take(std::string_view key);
    void refuse_misspelt(std::string_view key) const;
    const Entry* find(std::string_view key) const;
    template <typename Parse>
    auto parsed(std::string_view key, Parse parse)
        -> std::optional<decltype(parse(std::string_view{}))>;
    template <typename Function>
    auto located(std::string_view key, Function function) const {
        try {
            return function();
        } catch (const std::exception& error) {
            refuse(key, error.what());
        }
    }

    const Section& section_;
    std::set<std::string, std::less<>> known_;
};

} // namespace holdfast::config
