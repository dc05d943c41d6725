#!/bin/bash
# The packages in a booted Debian: tests/appliance/run.sh [SUITE], as root. SUITE is a release of
# Debian; without it, the one that this machine runs.
#
# Two machines are booted: `pi` becomes the appliance, `cloud` the instance on EC2, with a cable
# between them and no other network. Where SUITE is not this machine's release, the packages are built
# in a root folder of it. What stays for the next run is build/appliance/SUITE.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck source=../../packaging/build.sh
source "$here/../../packaging/build.sh"
# shellcheck source=../shell.sh
source "$here/../shell.sh"
# shellcheck source=machine.sh
source "$here/machine.sh"
# shellcheck source=appliance.sh
source "$here/appliance.sh"
# shellcheck source=cloud.sh
source "$here/cloud.sh"

older_version=0.0.9
own_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

# make_packages VERSION FOLDER: here, or where this machine is another release in a copy of the root
# folder.
make_packages() {
    local version=$1 to=$2 options
    options=(--preset "${HOLDFAST_PRESET:-release}" ${version:+--version "$version"})
    if [[ $suite == "$own_suite" ]]; then
        "$root/packaging/make-packages.sh" "${options[@]}" --to "$to"
    else
        in_root "$folder/builder" /holdfast/packaging/make-packages.sh "${options[@]}"
        rm -rf "$to"
        mkdir -p "${to%/*}"
        mv "$folder/build/packages" "$to"
    fi
}

make_builder() {
    if [[ ! -d $folder/builder ]]; then
        rm -rf "$folder/builder.new"
        cp -a "$folder/root" "$folder/builder.new"
        mv "$folder/builder.new" "$folder/builder"
    fi
    mount_sources "$folder/builder" "$folder/build"
}

# With the network: the root folder, the packages, and all that apt will want beside them.
prepare() {
    suite=$1 folder=$root/build/appliance/$1
    mount --make-rprivate /
    debian_root "$folder/root" "$suite" \
        --include=ca-certificates,dbus,iproute2,procps,systemd,systemd-sysv
    [[ $suite == "$own_suite" ]] || make_builder
    make_packages "" "$folder/root/packages/newer"
    make_packages "$older_version" "$folder/root/packages/older"
    step "packages at hand" fetch_dependencies
}

fetch_dependencies() {
    local log=$folder/apt.log
    {
        in_root "$folder/root" apt-get -q update &&
            in_root "$folder/root" sh -c 'apt-get -q -y install --download-only \
                --no-install-recommends /packages/newer/*.deb mosquitto-clients' &&
            in_root "$folder/root" apt-get -q -y install --download-only --no-install-recommends \
                cloud-init
    } >"$log" 2>&1 || fail 3 "apt cannot bring what the packages depend on; see $log"
}

# Without any network but the cable.
play() {
    suite=$1 folder=$root/build/appliance/$1
    mount --make-rprivate /
    # nspawn wants a /run that is in memory; and nothing of ours is left in the machine's own.
    mount -t tmpfs tmpfs /run
    ip link set lo up
    make_machine pi
    make_machine cloud
    ip link add pi0 netns pi type veth peer name cloud0 netns cloud
    plug pi 10.77.0.1
    plug cloud 10.77.0.2
    step "boot" boot pi
    test_appliance
    test_cloud
    test_removal
}

main() {
    ((EUID == 0)) || fail 3 "booting machines takes root: sudo ./test appliance"
    (($# <= 1)) || fail 2 "usage: ./test appliance [SUITE]"
    local suite=${1:-$own_suite}
    install_packages build run package appliance
    unshare --mount -- "$here/run.sh" --prepare "$suite"
    unshare --mount --pid --net --fork --kill-child --mount-proc -- "$here/run.sh" --play "$suite"
    say "$suite: the packages make an appliance"
}

case "${1-}" in
--prepare) prepare "$2" ;;
--play) play "$2" ;;
*) main "$@" ;;
esac
