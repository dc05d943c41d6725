#include "edge/ports/line_splitter.hpp"

#include <algorithm>

namespace holdfast::ports {

LineSplitter::LineSplitter(Handlers handlers, Start start)
    : handlers_(std::move(handlers))
    , start_(start)
    , before_first_end_(start == Start::anywhere) {
    line_.reserve(max_line_bytes);
}

void LineSplitter::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
        if (end > 0) {
            keep(bytes.substr(0, end));
            ended_by_ = 0;
        }
        if (end == bytes.size()) {
            return;
        }
        const char ending = bytes[end];
        bytes.remove_prefix(end + 1);
        if (ended_by_ != 0 && ended_by_ != ending) {
            ended_by_ = 0;
            continue;
        }
        finish_line();
        ended_by_ = ending;
    }
}

void LineSplitter::restart() {
    line_.clear();
    before_first_end_ = start_ == Start::anywhere;
    overlong_ = false;
    ended_by_ = 0;
}

void LineSplitter::keep(std::string_view bytes) {
    if (overlong_) {
        return;
    }
    if (line_.size() + bytes.size() > max_line_bytes) {
        overlong_ = true;
        line_.clear();
        handlers_.overlong();
        return;
    }
    line_.append(bytes);
}

void LineSplitter::finish_line() {
    if (!before_first_end_ && !overlong_) {
        handlers_.line(line_);
    }
    line_.clear();
    before_first_end_ = false;
    overlong_ = false;
}

} // namespace holdfast::ports
