#!/bin/bash
# The appliance and its cloud broker in containers: tests/container/run.sh, as root.
#
# The images are built as a user's would be, from the checkout and from the bundle, with buildah. The
# base image is a Debian made here with debootstrap, under the name of the one that Docker's registry
# has. What the compose files say is run with podman, on a network of its own. What stays for the next
# run is build/container.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck source=../../packaging/build.sh
source "$here/../../packaging/build.sh"
# shellcheck source=../shell.sh
source "$here/../shell.sh"

folder=$root/build/container
base=docker.io/library/debian:bookworm-slim
compose_file=$root/packaging/container/compose.yaml
bundle=$folder/bundle

# Here podman may be in a container itself, where limits cannot be raised nor groups be made.
settings() {
    mkdir -p "$folder/tmp"
    printf '%s\n' '[containers]' 'cgroups = "disabled"' 'log_driver = "k8s-file"' \
        'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]' \
        '[engine]' 'cgroup_manager = "cgroupfs"' 'events_logger = "file"' 'lock_type = "file"' >"$folder/containers.conf"
    printf '%s\n' '[storage]' 'driver = "overlay"' "graphroot = \"$folder/storage\"" \
        'runroot = "/run/holdfast-test-containers"' >"$folder/storage.conf"
    export CONTAINERS_CONF=$folder/containers.conf CONTAINERS_STORAGE_CONF=$folder/storage.conf
    export TMPDIR=$folder/tmp
    mount --make-rprivate /
    if [[ -d /sys/fs/cgroup/unified ]]; then
        umount -l /sys/fs/cgroup # crun knows no mixture of old and new
        mount -t cgroup2 none /sys/fs/cgroup
    fi
}

make_base() {
    rm -rf "$folder/base"
    debian_root "$folder/base" bookworm --include=ca-certificates
    tar -C "$folder/base" -c . | podman import - "$base" >"$folder/import.log" 2>&1
    rm -rf "$folder/base"
}

# build_image NAME FOLDER FILE
build_image() {
    local log=$folder/build-$1.log
    buildah bud --isolation chroot --pull-never --layers -t "$1" -f "$3" "$2" >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail 1 "buildah could not build $1; its last lines are above, all of them in $log"
    }
}

# Every file of the checkout: what it is, whose, and when it changed.
likeness() {
    find "$root" -path "$root/build" -prune -o -path "$root/.git" -prune -o \
        -printf '%p %U:%G %m %s %T@\n' | sort | sha256sum
}

# With the network.
images() {
    settings
    export_proxy
    podman image exists "$base" || step "base image" make_base
    step "image of the appliance" build_image holdfast "$root" \
        "$root/packaging/container/Containerfile"
    rm -rf "$folder/example"
    podman run --rm --network none --entrypoint sh holdfast -c \
        'd=$(mktemp -d); holdfast init --dir $d/a --site shed --cloud mosquitto://cloud.lan >&2 &&
         tar -C $d/a/cloud/image -c .' 2>"$folder/example.log" |
        { mkdir "$folder/example" && tar -C "$folder/example" -x; }
    step "image of the cloud broker" build_image holdfast-cloud "$folder/example" \
        "$folder/example/Containerfile"
}

appliance() {
    "$here/compose.py" "$compose_file" "$@"
}

cloud() {
    "$here/compose.py" "$bundle/compose.yaml" "$@"
}

not() {
    ! "$@"
}

# reader HOST USER PASSWORD: one reading, as a client gets it that knows the authority alone.
reader() {
    mosquitto_sub -h "$1" -p 8883 --cafile "$folder/ca.crt" -u "$2" -P "$3" -t 'sensors/#' -C 1 -W 30
}

nobody() {
    local status=0
    mosquitto_sub -h localhost -p 8883 --cafile "$folder/ca.crt" -t 'sensors/#' -C 1 -W 10 || status=$?
    ((status == 5))
}

readings() {
    appliance run holdfast history load --format csv | tail -n +2 | wc -l
}

more_readings_than() {
    (($(readings) > $1))
}

healthy() {
    podman healthcheck run "$1" &>/dev/null
}

# Not by the engine, which would take it for a wish of its owner.
kill_program() {
    kill -KILL "$(podman inspect --format '{{.State.Pid}}' "$1")"
}

shut_in() {
    local name
    for name in holdfast-broker holdfast-edge; do
        [[ $(podman exec "$name" id -u) == 883 ]] || return
        podman exec "$name" grep -qx 'CapEff:[[:space:]]*0*' /proc/self/status || return
        not podman exec "$name" touch /usr/here 2>/dev/null || return
        not podman exec "$name" touch /etc/holdfast/here 2>/dev/null || return
    done
}

treasures() {
    podman exec holdfast-broker sh -c 'cd /etc/holdfast && sha256sum users policy certs/*'
}

test_appliance() {
    local words password before kept
    words=$(appliance run holdfast init --site bikeshed --hostname shed.lan)
    password=$(sed -n 's/.*user owner  *password \([^ ]*\) .*/\1/p' <<<"$words")
    [[ -n $password ]] || fail 1 "init showed no password: $words"
    check "broker and daemon start" appliance up
    check "the broker is healthy" eventually 60 healthy holdfast-broker
    check "the daemon is healthy" eventually 60 healthy holdfast-edge
    check "not root, no capability, nothing but the volumes to write to" shut_in
    check "doctor finds no failure" appliance run holdfast doctor
    podman exec holdfast-broker cat /etc/holdfast/certs/ca.crt >"$folder/ca.crt"
    local host
    for host in localhost 127.0.0.1 shed.lan 10.77.0.1; do
        check "the owner reads at $host" reader "$host" owner "$password"
    done
    check "without a name nobody comes in" nobody
    check "and the log names the command that makes a user" eventually 10 sh -c \
        "podman logs holdfast-broker 2>&1 | grep -qF \"'holdfast user add NAME' makes a user\""
    check "a user is made" appliance run holdfast user add demo <<<plum
    check "and comes in" eventually 10 reader localhost demo plum
    check "a user is removed" appliance run holdfast user remove demo
    check "and comes in no more" eventually 10 not reader localhost demo plum
    check "the broker is killed" kill_program holdfast-broker
    check "the daemon is killed" kill_program holdfast-edge
    check "the broker comes back" eventually 60 healthy holdfast-broker
    check "the daemon comes back" eventually 60 healthy holdfast-edge
    before=$(readings) kept=$(treasures)
    check "another image takes the place" appliance down
    check "which is built anew" buildah config --label "made=$(date +%s)" \
        "$(buildah from --pull-never --name holdfast-next holdfast)"
    check "and is holdfast now" buildah commit --rm holdfast-next holdfast
    check "they start again" appliance up
    check "readings go on where they were" eventually 60 more_readings_than "$before"
    check "users, policy and certificates are what they were" test "$(treasures)" = "$kept"
    check "the owner reads with the password from before" reader localhost owner "$password"
}

test_cloud() {
    check "the appliance gets a cloud" appliance run holdfast init --cloud mosquitto://10.77.0.1:18883
    check "and its bundle" appliance run holdfast cloud bundle --app-port 18884
    rm -rf "$bundle"
    mkdir "$bundle"
    podman run --rm --network none --volume holdfast_config:/etc/holdfast:ro --entrypoint tar holdfast \
        -C /etc/holdfast/cloud -c . | tar -C "$bundle" -x
    check "the cloud broker starts from it" cloud up
    check "it is healthy" eventually 60 healthy holdfast-cloud-broker
    check "it does not run as root" test "$(podman exec holdfast-cloud-broker id -u)" = 883
    check "nor can it write to its files" not podman exec holdfast-cloud-broker \
        touch /etc/mosquitto/holdfast/here
    check "the appliance's broker takes the bridge's file" appliance down
    check "they start again" appliance up
    check "every topic goes up and comes back" eventually 60 appliance run holdfast bridge check
}

# Without any network but that of the test.
play() {
    settings
    mount -t tmpfs tmpfs /run
    ip link set lo up
    ip link add lan0 type veth peer name lan1
    ip address add 10.77.0.1/24 dev lan0
    ip link set lan0 up
    ip link set lan1 up
    printf '%s\n' '127.0.0.1 localhost' '10.77.0.1 shed.lan' >"$folder/hosts"
    mount --bind "$folder/hosts" /etc/hosts
    podman volume rm --all --force >/dev/null
    trap 'appliance down; [[ ! -e $bundle/compose.yaml ]] || cloud down' EXIT
    local before
    before=$(likeness)
    test_appliance
    test_cloud
    check "the checkout is as it was" test "$(likeness)" = "$before"
}

main() {
    ((EUID == 0)) || fail 3 "containers on a network of their own take root: sudo ./test container"
    install_packages run container
    unshare --mount -- "$here/run.sh" --images
    unshare --mount --pid --net --fork --kill-child --mount-proc -- "$here/run.sh" --play
    say "the containers make an appliance and its cloud"
}

case "${1-}" in
--images) images ;;
--play) play ;;
*) main ;;
esac
