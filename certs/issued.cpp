#include "certs/issued.hpp"

#include "certs/pem.hpp"
#include "core/atomic_file.hpp"

namespace holdfast::certs {

namespace {

std::filesystem::path file_in(const std::filesystem::path& folder) {
    return folder / "issued.pem";
}

} // namespace

Certificates issued(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(file_in(folder))) {
        return {};
    }
    return load_certificates(file_in(folder), Remedy::issue_again);
}

void record_issued(const std::filesystem::path& folder, const std::string& certificate_pem,
                   TimePoint now) {
    std::string text;
    for (const auto& certificate : issued(folder)) {
        if (describe(*certificate).not_after >= now) {
            text += to_pem(*certificate);
        }
    }
    write_file(file_in(folder), text + certificate_pem, FileMode::public_);
}

} // namespace holdfast::certs
