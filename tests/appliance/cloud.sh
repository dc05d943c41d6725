# shellcheck shell=bash
# A second machine that becomes the cloud broker, by nothing but the user data that the appliance
# made for it, and the appliance's way to it. For run.sh.

cloud_address=10.77.0.2

# An instance as EC2 starts it: an image with cloud-init, and user data, here from a seed folder.
launch_instance() {
    local seed=$folder/cloud/root/var/lib/cloud/seed/nocloud
    in_root "$folder/cloud/root" apt-get -q -y install --no-install-recommends cloud-init \
        >"$folder/cloud/apt.log" 2>&1 ||
        fail 3 "cloud-init does not install; see $folder/cloud/apt.log"
    mkdir -p "$seed"
    echo 'instance-id: cloud' >"$seed/meta-data"
    at_pi cat /etc/holdfast/cloud/user-data.yaml >"$seed/user-data"
    # The cable is plugged in already; and a bare root folder has neither locales nor an ssh server.
    printf '%s\n' 'network: {config: disabled}' 'locale: false' 'ssh_genkeytypes: []' \
        >"$folder/cloud/root/etc/cloud/cloud.cfg.d/99-cable.cfg"
    boot cloud
}

# What an application at the cloud gets of the site.
at_cloud_application() {
    at_pi mosquitto_sub -h "$cloud_address" -p 8884 --cafile /etc/holdfast/certs/cloud-ca.crt \
        -u dashboard -P "$dashboard_password" "$@"
}

status_field() {
    at_pi holdfast status --json | python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[name]
print(str(value).lower())' "$1"
}

nothing_waits() {
    [[ $(status_field daemon.uplink.link) == true && $(status_field daemon.uplink.pending) == 0 ]]
}

test_cloud() {
    local words
    words=$(at_pi holdfast init --cloud "mosquitto://$cloud_address")
    dashboard_password=$(sed -n 's/.*user dashboard  *password \([^ ]*\) .*/\1/p' <<<"$words")
    [[ -n $dashboard_password ]] || fail 1 "init --cloud showed no password: $words"
    check "broker and daemon run while the cloud is not there" services_run
    step "launch the instance" launch_instance
    check "cloud-init is through without an error" on cloud timeout 300 cloud-init status --wait --long
    check "cloud-init finds nothing wrong in the form of the user data" \
        on cloud cloud-init schema --config-file /var/lib/cloud/seed/nocloud/user-data
    check "the instance's broker has two listeners, and both want TLS" test \
        "$(on cloud ss -Hltn | awk '{ print $4 }' | sort | paste -sd ' ')" = \
        "0.0.0.0:8883 0.0.0.0:8884"
    check "the way to the cloud is proved" at_pi holdfast bridge check
    check "an application at the cloud gets readings" at_cloud_application -t 'garden/sensors/#' -C 1 -W 60
    check "every reading has its receipt" eventually 60 nothing_waits
    test_bridge_renewal
    test_outage
}

# Days that are left of the bridge's certificate.
bridge_days() {
    local end
    end=$(at_pi cat /etc/holdfast/certs/bridge.crt | openssl x509 -noout -enddate | cut -d = -f 2)
    echo $((($(date -d "$end" +%s) - $(date +%s)) / 86400))
}

# By the timer's service, which has to reach the local broker from its sandbox.
test_bridge_renewal() {
    check "a new bridge certificate is kept for a receipt" at_pi holdfast cert renew bridge --days 5 \
        --new-key
    check "it counts for 5 days" test "$(bridge_days)" -le 5
    check "the renewal of what ends soon is done" at_pi systemctl start holdfast-renew.service
    check "the bridge's certificate counts for two years" test "$(bridge_days)" -gt 700
    check "the broker can read the new key" at_pi runuser -u mosquitto -- \
        cat /etc/holdfast/certs/bridge.key
    check "after the renewal every reading has its receipt" eventually 60 nothing_waits
}

link_is() {
    [[ $(status_field daemon.uplink.link) == "$1" ]]
}

test_outage() {
    ip -n pi link set pi0 down
    check "the appliance sees that the cable is out" eventually 120 link_is false
    check "on site readings go on" reading
    ip -n pi link set pi0 up
    check "it finds the cloud again" eventually 120 link_is true
    check "after the outage every reading has its receipt" eventually 120 nothing_waits
}
