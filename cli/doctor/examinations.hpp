#pragma once

#include "cli/doctor/finding.hpp"
#include "cli/doctor/patient.hpp"

namespace holdfast::cli::doctor {

// One file an examination. Each answers at least one finding; what it throws is a finding, too.

Findings examine_configuration(const Patient& patient); ///< and the files rendered from it
Findings examine_files(const Patient& patient);         ///< who may read and change them
Findings examine_access(const Patient& patient);        ///< users and policy
Findings examine_certificates(const Patient& patient);
Findings examine_clock(const Patient& patient);
Findings examine_disk(const Patient& patient);   ///< space, errors and wear
Findings examine_memory(const Patient& patient); ///< and what the kernel had to kill for it
Findings examine_services(const Patient& patient);
Findings examine_broker(const Patient& patient); ///< its version and the traps of that version
Findings examine_plugin(const Patient& patient); ///< whether it guards the door
Findings examine_listeners(const Patient& patient);
Findings examine_bridge(const Patient& patient); ///< and receipts
Findings examine_sensors(const Patient& patient);

} // namespace holdfast::cli::doctor
