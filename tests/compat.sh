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

in_root() {
    chroot "$rootfs" /usr/bin/env -i HOME=/root LANG=C.UTF-8 http_proxy="${http_proxy-}" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        CCACHE_DIR=/holdfast/build/ccache "$@"
}

# A root folder that is there was finished: it is made under another name.
make_root() {
    rm -rf "$rootfs.new"
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$rootfs.new" "$mirror" \
        >"$folder/debootstrap.log" 2>&1 || {
        tail -n 15 "$folder/debootstrap.log" >&2
        fail 3 "debootstrap could not make $suite; its last lines are above, all of them in" \
            "$folder/debootstrap.log"
    }
    mv "$rootfs.new" "$rootfs"
}

mount_all() {
    mkdir -p "$rootfs/holdfast" "$folder/build"
    mount -t proc proc "$rootfs/proc"
    mount --rbind /dev "$rootfs/dev"
    mount --bind "$root" "$rootfs/holdfast"
    mount -o remount,bind,ro "$rootfs/holdfast"
    mount --bind "$folder/build" "$rootfs/holdfast/build"
    cp -L /etc/resolv.conf "$rootfs/etc/resolv.conf"
    # A mirror that stands still for a week still serves; what it signed is checked as ever.
    echo 'Acquire::Check-Valid-Until "false";' >"$rootfs/etc/apt/apt.conf.d/50standing-mirror"
    # As the installer of Debian writes it; debootstrap leaves it out.
    printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$rootfs/etc/hosts"
}

# The two ends of a bridge are seldom of one release: each once with this machine's broker as the
# other end.
mixed() {
    local -r how=(-R '^faults_edge:' -j "$(($(nproc) * 3))" --output-on-failure --no-tests=error)
    mkdir -p "$rootfs/mnt/usr"
    mount --bind /usr "$rootfs/mnt/usr"
    mount -o remount,bind,ro "$rootfs/mnt/usr"
    say "-- this machine's broker in the cloud of $suite's"
    in_root HOLDFAST_TEST_CLOUD_ROOT=/mnt ctest --test-dir /holdfast/build/release "${how[@]}"
    say "-- $suite's broker in the cloud of this machine's"
    HOLDFAST_TEST_CLOUD_ROOT=$rootfs ctest --test-dir "$root/build/release" "${how[@]}"
}

# In the namespace: makes the root folder if there is none yet, and runs the suites in it.
run_suites() {
    suite=$1 mirror=$2
    folder=$root/build/compat/$suite
    rootfs=$folder/root
    mkdir -p "$folder"
    # debootstrap's wget knows only the environment.
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    export http_proxy=${http_proxy-}
    mount --make-rprivate /
    [[ -d $rootfs ]] || step "debootstrap $suite" make_root
    mount_all
    in_root apt-get -q update >"$folder/apt.log" 2>&1 ||
        fail 3 "apt-get update failed in $rootfs; see $folder/apt.log"
    in_root /holdfast/test unit
    in_root /holdfast/test integration
    # Receipts have to be true whatever a broker of that release does when it dies.
    in_root /holdfast/test faults
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
            unshare --mount --pid --fork --kill-child -- "$here/compat.sh" --inside "$suite" "$source"
            say "$suite: all passed"
        else
            say "$suite: not tested, the mirror of this machine does not have it"
        fi
    done
}

if [[ ${1-} == --inside ]]; then
    run_suites "$2" "$3"
else
    main "$@"
fi
