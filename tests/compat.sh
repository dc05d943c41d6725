#!/bin/bash
# The suites in root folders of other releases of Debian: tests/compat.sh SUITE..., as root.
#
# Everything that is mounted and started lives in a mount and process namespace of its own and goes
# with it. What stays for the next run is build/compat/SUITE: the root folder, the build in it and
# its compiler cache.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck source=../packaging/build.sh
source "$here/../packaging/build.sh"
# shellcheck source=shell.sh
source "$here/shell.sh"

mirror_has() {
    local release=$root/build/compat/Release
    rm -f "$release"
    /usr/lib/apt/apt-helper download-file "$1/dists/$2/Release" "$release" >/dev/null 2>&1
}

# The two ends of a bridge are seldom of one release: each once with this machine's broker as the
# other end.
mixed() {
    local -r how=(-R '^faults_edge:' -j "$(($(nproc) * 3))" --output-on-failure --no-tests=error)
    mkdir -p "$rootfs/mnt/usr"
    mount --bind /usr "$rootfs/mnt/usr"
    mount -o remount,bind,ro "$rootfs/mnt/usr"
    say "-- this machine's broker in the cloud of $suite's"
    in_root "$rootfs" HOLDFAST_TEST_CLOUD_ROOT=/mnt ctest --test-dir /holdfast/build/release "${how[@]}"
    say "-- $suite's broker in the cloud of this machine's"
    HOLDFAST_TEST_CLOUD_ROOT=$rootfs ctest --test-dir "$root/build/release" "${how[@]}"
}

# In the namespace: makes the root folder if there is none yet, and runs the suites in it.
run_suites() {
    local suite=$1 folder=$root/build/compat/$1
    local rootfs=$folder/root
    mount --make-rprivate /
    debian_root "$rootfs" "$suite" --include=ca-certificates
    mount_sources "$rootfs" "$folder/build"
    in_root "$rootfs" apt-get -q update >"$folder/apt.log" 2>&1 ||
        fail 3 "apt-get update failed in $rootfs; see $folder/apt.log"
    in_root "$rootfs" /holdfast/test unit
    in_root "$rootfs" /holdfast/test integration
    # Receipts have to be true whatever a broker of that release does when it dies.
    in_root "$rootfs" /holdfast/test faults
    mixed
    # On the emulated kernel of Debian 12: the program brings this release's libgpiod.
    "$here/gpio/run-guest.sh" "$root/build/gpio-guest" /holdfast/build/release/tests/gpio/gpio "$rootfs"
}

main() {
    ((EUID == 0)) || fail 3 "root folders take root: sudo ./test compat"
    mkdir -p "$root/build/compat"
    build release
    [[ -f $root/build/gpio-guest/vmlinuz ]] ||
        step "gpio guest" "$here/gpio/build-guest.sh" "$root/build/gpio-guest"
    local source suite
    source=$(debian_mirror)
    [[ -n $source ]] || fail 3 "apt knows no mirror of Debian; see apt-get indextargets"
    for suite in "$@"; do
        if mirror_has "$source" "$suite"; then
            say "== $suite"
            unshare --mount --pid --fork --kill-child -- "$here/compat.sh" --inside "$suite"
            say "$suite: all passed"
        else
            say "$suite: not tested, the mirror of this machine does not have it"
        fi
    done
}

if [[ ${1-} == --inside ]]; then
    run_suites "$2"
else
    main "$@"
fi
