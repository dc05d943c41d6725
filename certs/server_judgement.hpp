#pragma once

#include "certs/chain.hpp"
#include "certs/tls_probe.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::certs {

/// All that a client which trusts `authorities` (without them: what the system trusts) and looks
/// for `name` finds wrong with the certificates that a server sent, its own first.
std::vector<ProbeFinding> judge_server(const Certificates& chain,
                                       const std::optional<Certificates>& authorities,
                                       const std::string& name, TimePoint now);

} // namespace holdfast::certs
