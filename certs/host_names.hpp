#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::certs {

/// The names of a server certificate for the machine that `hostname` names: the name itself, its
/// first part alone and below .local (multicast DNS), localhost, both loopback addresses, then
/// `addresses` but for link-local ones, which need a zone and so cannot stand in a certificate,
/// then `extra`. Each once, in this order. A hostname that is no DNS name is left out; one such
/// among `extra` is an Error.
std::vector<std::string> server_names(std::string_view hostname,
                                      std::span<const std::string> addresses,
                                      std::span<const std::string> extra);

/// server_names for this machine as it is now. Throws SystemError.
std::vector<std::string> host_names(std::span<const std::string> extra = {});

} // namespace holdfast::certs
