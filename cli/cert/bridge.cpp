#include "cli/cert/bridge.hpp"

#include "certs/pem.hpp"
#include "cli/cert/bridge_proof.hpp"
#include "cli/cert/cert.hpp"
#include "cli/cert/news.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

/// For the old certificate, after somebody said that the trial is to end.
constexpr std::chrono::seconds short_limit{15};

FileSlots slots_of(const config::CloudSettings& cloud, const fs::path& folder,
                   FileSlots::Busy busy = FileSlots::Busy::refuse) {
    if (cloud.certificate == cloud.key) {
        throw Error(fmt::format("{} is both certificate and key of [cloud]; a new one can be tried "
                                "only where they are two files",
                                cloud.key.string()));
    }
    return {folder / "certs" / bridge_slots, {cloud.key, cloud.certificate, cloud.ca}, busy};
}

std::string_view reason(Proof proof) {
    switch (proof) {
    case Proof::came:
        break;
    case Proof::no_link:
        return "the bridge does not get through to the cloud with it";
    case Proof::no_receipt:
        return "the bridge is connected with it, and no receipt comes";
    case Proof::no_broker:
        return "the local broker cannot be reached, so that nothing can be proved";
    case Proof::interrupted:
        return "the trial was interrupted";
    }
    return "a receipt came";
}

/// What became of the old one.
std::string aftermath(Proof trial, const config::Settings& settings, const fs::path& folder,
                      std::chrono::seconds limit) {
    if (trial == Proof::no_broker) {
        return "the old one stays; 'systemctl status mosquitto' says what the broker lacks";
    }
    const auto before = prove_bridge(settings, folder, limit);
    if (before == Proof::came) {
        return "the old one is back, and receipts come through it";
    }
    return "the old one is back, and no receipt comes through it either: 'holdfast bridge check' "
           "finds out why";
}

certs::Description described(const std::string& pem) {
    return certs::describe(
        *certs::parse_certificates(pem, bridge_name, certs::Remedy::issue_again).front());
}

} // namespace

fs::path cloud_authority_folder(const fs::path& folder) {
    return folder / "cloud-authority";
}

bool can_renew_bridge(const certs::Description& certificate, const fs::path& folder) {
    const auto authority = cloud_authority_folder(folder);
    return fs::exists(authority / "ca.key") &&
           certs::describe(authority / "ca.crt").subject == certificate.issuer;
}

std::optional<FileSlots> bridge_files_at_rest(const config::Settings& settings,
                                              const fs::path& folder) {
    if (!settings.cloud || settings.cloud->certificate == settings.cloud->key ||
        !fs::exists(folder / "certs")) {
        return std::nullopt;
    }
    return slots_of(*settings.cloud, folder, FileSlots::Busy::wait);
}

void recover_bridge(const config::Settings& settings, const fs::path& folder) {
    if (!settings.cloud || !fs::exists(folder / "certs" / bridge_slots)) {
        return;
    }
    if (slots_of(*settings.cloud, folder).recover()) {
        prove_bridge(settings, folder, short_limit); // for the new connection
        const std::string text =
            "a trial of a new certificate of the bridge was cut off; the old one is back";
        fmt::print("{}\n", text);
        tell(folder,
             {{bridge_name, "a trial of a new one was cut off; the old one is back", text}});
    }
}

bool try_for_bridge(const config::Settings& settings, const fs::path& folder,
                    const std::map<fs::path, std::string>& contents, std::chrono::seconds limit) {
    const auto& cloud = *settings.cloud;
    auto slots = slots_of(cloud, folder);
    slots.recover();
    slots.try_out(contents);
    auto proof = Proof::no_broker;
    try {
        proof = prove_bridge(settings, folder, limit);
    } catch (...) {
        slots.go_back();
        throw;
    }
    if (proof == Proof::came) {
        slots.keep();
        const auto end = certs::utc_text(certs::describe(cloud.certificate).not_after);
        fmt::print("a receipt came through the new certificate of the bridge, which counts until "
                   "{}\n",
                   end);
        tell(folder,
             {{bridge_name,
               fmt::format("a new one is kept: a receipt came through it; it counts until {}",
                           end)}});
        return true;
    }
    slots.go_back();
    const auto why = fmt::format(
        "{}; {}", reason(proof),
        aftermath(proof, settings, folder, proof == Proof::interrupted ? short_limit : limit));
    const auto text = "the new certificate of the bridge is not kept: " + why;
    fmt::print("{}\n", text);
    if (proof != Proof::no_broker) {
        tell(folder, {{bridge_name, "a new one is not kept: " + why, text}});
    }
    return false;
}

bool renew_bridge(const config::Settings& settings, const fs::path& folder, certs::TimePoint now,
                  const BridgeRenewal& wishes) {
    const auto& cloud = *settings.cloud;
    const auto old = certs::load_certificates(cloud.certificate, certs::Remedy::issue_again);
    const auto before = certs::describe(*old.front());
    if (!can_renew_bridge(before, folder)) {
        throw InputError(cloud.certificate.string(), 0,
                         fmt::format("is signed by \"{}\", whose key is not here: have a new one "
                                     "made there, and 'holdfast cert import' it, which tries it "
                                     "before it replaces this one",
                                     before.issuer));
    }
    const auto authority = certs::Authority::open(cloud_authority_folder(folder));
    auto request = renewal_of(before, bridge_name);
    request.lifetime = wishes.lifetime;
    request.key_type = wishes.key_type;
    if (!wishes.new_key) {
        request.key_pem = read_file(cloud.key);
    }
    const auto made = authority.issue(request, now);
    const auto end = described(made.certificate_pem).not_after;
    if (end <= before.not_after && end >= authority.description().not_after) {
        fmt::print("bridge ends on {} with the cloud's authority itself: a new one needs a new "
                   "bundle ('holdfast cloud bundle')\n",
                   certs::utc_text(before.not_after));
        return false;
    }
    std::map<fs::path, std::string> contents{{cloud.certificate, made.certificate_pem}};
    if (wishes.new_key) {
        contents[cloud.key] = made.key_pem;
    }
    return try_for_bridge(settings, folder, contents, wishes.limit);
}

} // namespace holdfast::cli
