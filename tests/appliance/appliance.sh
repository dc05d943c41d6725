# shellcheck shell=bash
# From a bare Debian to readings, and what must not break them: a reboot, a crash, an upgrade, a
# certificate that ends, the removal of the packages. For run.sh.

# What the person at the appliance sees and does; `on pi` in short.
at_pi() {
    on pi "$@"
}

install_folder() {
    at_pi sh -c "apt-get -q -y -o Debug::pkgProblemResolver=1 install --no-install-recommends $1/*.deb"
}

# One reading, as the appliance's owner gets it: with TLS and a password.
reading() {
    at_pi mosquitto_sub -h localhost -p 8883 --cafile /etc/holdfast/certs/ca.crt -u owner \
        -P "$owner_password" -t 'sensors/#' -C 1 -W "${1:-60}"
}

# Newer than the second that is given, on disk, by the appliance's own history.
history_goes_on() {
    local since
    since=$(date -u -d "@$1" +%FT%TZ)
    (($(at_pi holdfast history load --since "$since" --format csv | wc -l) > 1))
}

readings() {
    at_pi holdfast history load --format csv | tail -n +2 | wc -l
}

services_run() {
    local unit
    for unit in mosquitto.service holdfast-edge.service holdfast-renew.timer; do
        at_pi systemctl --quiet is-active "$unit" || return
    done
}

# What cannot be made again.
treasures() {
    at_pi sh -c 'cd /etc/holdfast && find . -path ./generated -prune -o -type f -print0 |
        sort -z | xargs -0 sha256sum'
}

listeners() {
    at_pi ss -Hltn | awk '{ print $4 }' | sort | paste -sd ' '
}

score() {
    at_pi systemd-analyze security --no-pager "$1" | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p'
}

at_most() {
    awk -v value="$1" -v limit="$2" 'BEGIN { exit !(value != "" && value <= limit) }'
}

# Not what systemd starts for it then, as systemctl would from Debian 13 on.
kill_daemon() {
    local before
    before=$(at_pi systemctl show -p MainPID --value holdfast-edge)
    at_pi systemctl kill --kill-whom=main -s KILL holdfast-edge
    eventually 60 restarted "$before"
}

journal_has() {
    at_pi sh -c 'journalctl -q -u holdfast-edge | grep -qF "$1"' sh "$1"
}

# An output whose device is not there: what is said of it shows that a crash was answered. It stays
# until after the kill, because the daemon makes outputs safe itself when it is stopped in order.
test_crash() {
    local config=/etc/holdfast/holdfast.conf
    printf '%s\n' '' '[output lamp]' 'driver = serial' 'device = /dev/ttyUSB9' 'on = 1' 'off = 0' |
        at_pi tee -a "$config" >/dev/null
    check "a stop in order runs no other program for the outputs" at_pi systemctl restart holdfast-edge
    ! journal_has 'not made safe' || fail 1 "it did"
    check "the daemon comes back from a kill" kill_daemon
    check "after the kill the outputs were made safe, or it is said which was not" \
        eventually 30 journal_has 'not made safe: lamp'
    check "systemd waits for seconds before it starts it again" at_pi sh -c \
        'systemctl show -p RestartUSec --value holdfast-edge | grep -qxE "[0-9]+s"'
    at_pi sed -i '/^\[output lamp\]/,$d' "$config"
    at_pi systemctl reload holdfast-edge
}

# Stopped by a signal it hangs; the watchdog is set shorter, so that the test need not wait a minute.
hang_daemon() {
    local before dropin=/run/systemd/system/holdfast-edge.service.d
    at_pi mkdir -p "$dropin"
    printf '%s\n' '[Service]' 'WatchdogSec=10s' 'TimeoutAbortSec=2s' |
        at_pi tee "$dropin/test.conf" >/dev/null
    at_pi systemctl daemon-reload
    at_pi systemctl restart holdfast-edge
    before=$(at_pi systemctl show -p MainPID --value holdfast-edge)
    at_pi systemctl kill -s STOP holdfast-edge
    eventually 120 restarted "$before" || return
    at_pi rm -r "$dropin"
    at_pi systemctl daemon-reload
    at_pi systemctl restart holdfast-edge
}

# The same for the broker, whose time its plugin sets.
hang_broker() {
    local before file=/etc/holdfast/generated/conf.d/appliance.conf
    at_pi sed -i 's/^plugin_opt_watchdog .*/plugin_opt_watchdog 5s/' "$file"
    at_pi systemctl restart mosquitto
    before=$(broker_process)
    at_pi systemctl kill -s STOP mosquitto
    eventually 120 broker_restarted "$before" || return
    at_pi sh -c '! holdfast render --check' || return
    at_pi holdfast render
    at_pi systemctl restart mosquitto
}

broker_process() {
    at_pi systemctl show -p MainPID --value mosquitto
}

broker_restarted() {
    local now
    now=$(broker_process)
    [[ $now != 0 && $now != "$1" ]] && at_pi systemctl --quiet is-active mosquitto
}

# passwords_hashed: since the broker started, once it has counted a login.
passwords_hashed() {
    at_pi mosquitto_sub -h localhost -p 8883 --cafile /etc/holdfast/certs/ca.crt -u owner \
        -P "$owner_password" -t holdfast/audit/counters -C 2 -W 60 | tail -n 1 |
        sed -n 's/.*"hashed":\([0-9]*\).*/\1/p'
}

# knows_its_users WORD...: what `systemctl WORD... mosquitto` does to the broker.
knows_its_users() {
    local before
    before=$(broker_process)
    at_pi systemctl "$@" mosquitto
    eventually 60 broker_restarted "$before" || return
    reading >/dev/null && [[ $(passwords_hashed) == 0 ]]
}

restarted() {
    local now
    now=$(at_pi systemctl show -p MainPID --value holdfast-edge)
    [[ $now != 0 && $now != "$1" ]] && at_pi systemctl --quiet is-active holdfast-edge
}

first_reading() {
    local start=${EPOCHREALTIME//[.,]/} words
    check "apt installs the packages of version $older_version" install_folder /packages/older
    check "apt installs the clients" at_pi apt-get -q -y install --no-install-recommends \
        mosquitto-clients
    words=$(at_pi holdfast init --site garden)
    owner_password=$(sed -n 's/.*user owner  *password \([^ ]*\) .*/\1/p' <<<"$words")
    [[ -n $owner_password ]] || fail 1 "init showed no password: $words"
    check "the owner gets a reading" reading
    local tenths=$(((${EPOCHREALTIME//[.,]/} - start) / 100000))
    say "from packages at hand to the first authenticated reading: $((tenths / 10)).$((tenths % 10)) s"
    ((tenths < 600)) || fail 1 "that is more than a minute"
}

test_security() {
    check "the appliance's listener is the only one" test "$(listeners)" = 0.0.0.0:8883
    check "without a password nobody gets in" not_for anonymous
    check "the daemon does not run as root" test \
        "$(at_pi ps -o user= -C holdfast-edge | tr -d ' ')" = holdfast
    check "the broker cannot read the daemon's password" not_as mosquitto edge.password
    check "the daemon cannot read the broker's users" not_as holdfast users
    check "the broker cannot read the authority's key" not_as mosquitto certs/ca.key
    check "nobody else can read the broker's key" not_as nobody certs/server.key
    local unit
    for unit in holdfast-edge holdfast-renew; do
        say "systemd-analyze security $unit: $(score "$unit")"
        check "$unit is sandboxed to 2.0 or less" at_most "$(score "$unit")" 2.0
    done
    check "systemd finds no fault with the units" verified
}

verified() {
    local found
    found=$(at_pi systemd-analyze verify --man=no holdfast-edge.service holdfast-renew.timer 2>&1 |
        grep -F holdfast || true)
    [[ -z $found ]] || { echo "$found"; return 1; }
}

not_for() {
    ! at_pi mosquitto_sub -h localhost -p 8883 --cafile /etc/holdfast/certs/ca.crt -t '#' -C 1 -W 10 -E
}

not_as() {
    at_pi test -e "/etc/holdfast/$2" && ! at_pi runuser -u "$1" -- cat "/etc/holdfast/$2"
}

# A certificate with a few days left is renewed, and the broker shows the new one.
test_renewal() {
    check "the daemon reads its file again" at_pi systemctl reload holdfast-edge.service
    at_pi holdfast cert renew server --days 5 >/dev/null
    ip -n pi address add 10.77.0.10/24 dev pi0
    at_pi systemctl reload mosquitto.service
    check "the broker shows a certificate of 5 days" eventually 30 shows_certificate_for 4 5
    check "the renewal is done" at_pi systemctl start holdfast-renew.service
    check "the broker shows one of two years" eventually 30 shows_certificate_for 700 730
    check "and it names an address that the machine got since" shows_name 10.77.0.10
    check "the owner gets a reading after the renewal" reading
}

shown_certificate() {
    ip netns exec pi openssl s_client -connect 127.0.0.1:8883 </dev/null 2>/dev/null
}

shows_name() {
    shown_certificate | openssl x509 -noout -ext subjectAltName | grep -wqF "$1"
}

# shows_certificate_for LEAST MOST: whole days that are left of the broker's certificate.
shows_certificate_for() {
    local end days
    end=$(shown_certificate | openssl x509 -noout -enddate | cut -d = -f 2)
    days=$((($(date -d "$end" +%s) - $(date +%s)) / 86400))
    ((days >= $1 && days <= $2))
}

# A file that was replaced is "(deleted)" to whom has it still loaded.
has_plugin_on_disk() {
    at_pi sh -c 'maps=/proc/$(systemctl show -p MainPID --value mosquitto)/maps
        grep -q mosquitto_holdfast.so $maps && ! grep -q "mosquitto_holdfast.so (deleted)" $maps'
}

test_upgrade() {
    local kept before now
    kept=$(treasures)
    before=$(readings)
    now=$(date +%s)
    check "apt upgrades to this version" install_folder /packages/newer
    check "it is this version" at_pi sh -c 'holdfast --version | grep -qv " '"$older_version"'$"'
    check "the broker runs the new plugin" has_plugin_on_disk
    check "the upgrade keeps every file" test "$(treasures)" = "$kept"
    check "the services run after the upgrade" services_run
    check "new readings are kept after the upgrade" eventually 60 history_goes_on "$now"
    check "no reading is lost to the upgrade" test "$(readings)" -gt "$before"
}

test_appliance() {
    first_reading
    check "broker, daemon and timer run" services_run
    test_security
    local now
    now=$(date +%s)
    test_crash
    check "the journal knows a sensor's words by its name" at_pi sh -c \
        'journalctl -q -u holdfast-edge HOLDFAST_SENSOR=load | grep "sensor online"'
    check "the watchdog ends a daemon that hangs and it comes back" hang_daemon
    check "the watchdog ends a broker that hangs and it comes back" hang_broker
    check "a broker that is restarted knows its users without a hash" knows_its_users restart
    check "and so does one that was killed" knows_its_users kill -s KILL
    check "readings go on" eventually 60 history_goes_on "$now"
    test_renewal
    test_upgrade
    step "reboot" reboot_machine pi
    now=$(date +%s)
    check "the services run after the boot" eventually 60 services_run
    check "the owner gets a reading after the boot" reading
    check "new readings are kept after the boot" eventually 60 history_goes_on "$now"
    check "no service failed" at_pi sh -c '! systemctl --failed --plain --no-legend | grep .'
}

test_removal() {
    local kept before
    kept=$(treasures)
    before=$(readings)
    check "apt removes the packages" at_pi apt-get -q -y remove holdfast mosquitto-plugin-holdfast
    check "the broker has its own configuration back" test "$(listeners)" = \
        "127.0.0.1:1883 [::1]:1883"
    check "a removal keeps every file" test "$(treasures)" = "$kept"
    check "apt installs them again" install_folder /packages/newer
    check "the appliance is there again" eventually 60 services_run
    check "the owner gets a reading as before" reading
    check "the readings of before are there" test "$(readings)" -gt "$((before - 1))"
    local words
    words=$(at_pi apt-get -q -y purge holdfast mosquitto-plugin-holdfast)
    check "a purge says what it leaves" grep -q "/etc/holdfast stays.*rm -r /etc/holdfast" <<<"$words"
    check "a purge leaves the keys" test "$(treasures)" = "$kept"
    check "a purge leaves the readings" at_pi test -s /var/lib/holdfast/spool.db
    check "a purge takes what can be made again" at_pi test ! -e /etc/holdfast/generated
    check "the broker runs on" at_pi systemctl --quiet is-active mosquitto.service
}
