#!/bin/bash
# The packages for arm64, the Raspberry Pi's architecture: tests/arm64/run.sh [RELEASE], as root.
#
# They are cross-built in a root folder of that release of Debian with this machine's architecture,
# and installed in one with theirs, where qemu-user plays the processor. What stays for the next run is
# build/arm64/RELEASE.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck source=../../packaging/build.sh
source "$here/../../packaging/build.sh"
# shellcheck source=../shell.sh
source "$here/../shell.sh"

preset=${HOLDFAST_PRESET:-arm64}
programs=/proc/sys/fs/binfmt_misc

at_pi() {
    in_root "$pi" "$@"
}

# Whoever runs this may have the kernel hand programs for arm64 to qemu already.
run_foreign_programs() {
    mountpoint -q "$programs" || mount -t binfmt_misc binfmt_misc "$programs"
    if [[ ! -e $programs/qemu-aarch64 ]]; then
        cat /usr/lib/binfmt.d/qemu-aarch64.conf >"$programs/register"
        trap 'echo -1 >"$programs/qemu-aarch64"' EXIT
    fi
}

# In a mount namespace, with the network: the root folders, the packages and the test programs.
prepare() {
    mount --make-rprivate /
    debian_root "$folder/builder" "$release" --include=ca-certificates
    debian_root "$folder/root" "$release" --arch=arm64 --include=ca-certificates
    mount_sources "$folder/builder" "$folder/build"
    in_root "$folder/builder" dpkg --add-architecture arm64
    in_root "$folder/builder" /holdfast/packaging/make-packages.sh --preset "$preset"
    in_root "$folder/builder" /holdfast/tests/arm64/run.sh --build "$preset"
    step "packages at hand" fetch_dependencies
}

fetch_dependencies() {
    local log=$folder/apt.log packages=$folder/root/packages
    rm -rf "$packages"
    cp -r "$folder/build/packages" "$packages"
    {
        in_root "$folder/root" apt-get -q update &&
            in_root "$folder/root" sh -c 'apt-get -q -y install --download-only \
                --no-install-recommends /packages/*.deb mosquitto-clients openssl'
    } >"$log" 2>&1 || fail 3 "apt cannot bring what the packages depend on; see $log"
}

unit_tests() {
    local test
    for test in "$root"/tests/unit/*/; do
        echo "unit_$(basename -- "$test")"
    done
}

# In the builder.
build_tests() {
    local targets
    mapfile -t targets < <(unit_tests)
    build "$1" "${targets[@]}"
}

# reading: one, as the appliance's owner gets it: with TLS and a password.
reading() {
    at_pi mosquitto_sub -h localhost -p 8883 --cafile /etc/holdfast/certs/ca.crt -u owner \
        -P "$owner_password" -t 'sensors/#' -C 1 -W 60
}

nobody() {
    local status=0
    at_pi mosquitto_sub -h localhost -p 8883 --cafile /etc/holdfast/certs/ca.crt -t 'sensors/#' -C 1 \
        -W 60 || status=$?
    ((status == 5)) # refused, and not merely out of reach
}

# As their units do; no systemd is there.
start_services() {
    at_pi install -d -o mosquitto /run/mosquitto
    at_pi runuser -u mosquitto -- mosquitto -c /etc/mosquitto/mosquitto.conf \
        >"$folder/mosquitto.log" 2>&1 &
    at_pi runuser -u holdfast -- holdfast-edge --config /etc/holdfast/holdfast.conf \
        >"$folder/holdfast-edge.log" 2>&1 &
}

test_appliance() {
    local words
    check "apt installs the packages" at_pi sh -c \
        'apt-get -q -y install --no-install-recommends /packages/*.deb mosquitto-clients openssl'
    check "they are for arm64" test "$(at_pi dpkg-query -W -f '${Architecture} ' \
        holdfast mosquitto-plugin-holdfast)" = "arm64 arm64 "
    check "nothing that they link to is missing" at_pi sh -c \
        '! ldd /usr/bin/holdfast /usr/sbin/holdfast-edge /usr/lib/holdfast/*.so | grep "not found"'
    check "holdfast runs" at_pi holdfast --version
    check "holdfast-edge runs" at_pi holdfast-edge --version
    words=$(at_pi holdfast init --site garden)
    owner_password=$(sed -n 's/.*user owner  *password \([^ ]*\) .*/\1/p' <<<"$words")
    [[ -n $owner_password ]] || fail 1 "init showed no password: $words"
    start_services
    check "the owner gets a reading" eventually 300 reading
    check "without a password nobody gets in" nobody
    check "readings are on disk" eventually 300 at_pi sh -c \
        'test "$(holdfast history load --format csv | wc -l)" -gt 1'
}

left_out() {
    sed -n "s/^$1: //p" "$here/left-out.txt"
}

# run_unit_test PROGRAM: the whole program at once, because each start under qemu-user takes long.
run_unit_test() {
    local words=() test
    while IFS= read -r test; do
        say "left out: $1: $test"
        words+=("~$test")
    done < <(left_out "$1")
    at_pi timeout 3600 "/holdfast/build/$preset/tests/unit/${1#unit_}/$1" --rng-seed 1 "${words[@]}" \
        >"$folder/$1.log" 2>&1 || {
        tail -n 60 "$folder/$1.log" >&2
        fail 1 "$1 failed; all of its words are in $folder/$1.log"
    }
    say "$1: $(tail -n 2 "$folder/$1.log" | grep -v '^$')"
}

# In namespaces of its own: with nothing but the loopback for a network.
play() {
    mount --make-rprivate /
    ip link set lo up
    rm -rf "$folder"/pi
    mkdir -p "$folder"/pi/{changes,work,root}
    pi=$folder/pi/root
    mount -t overlay overlay "$pi" \
        -o "lowerdir=$folder/root,upperdir=$folder/pi/changes,workdir=$folder/pi/work"
    mount_sources "$pi" "$folder/build"
    test_appliance
    local test
    while IFS= read -r test; do
        step "$test" run_unit_test "$test"
    done < <(unit_tests)
}

main() {
    ((EUID == 0)) || fail 3 "root folders take root: sudo ./test arm64"
    (($# <= 1)) || fail 2 "usage: ./test arm64 [RELEASE]"
    local release
    release=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
    install_packages arm64
    run_foreign_programs
    unshare --mount -- "$here/run.sh" --prepare "$release"
    unshare --mount --pid --net --fork --kill-child --mount-proc -- "$here/run.sh" --play "$release"
    say "$release: the packages work on arm64"
}

release=${2-} folder=$root/build/arm64/${2-}
case "${1-}" in
--prepare) prepare ;;
--build) build_tests "$2" ;;
--play) play ;;
*) main "$@" ;;
esac
