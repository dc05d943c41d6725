# shellcheck shell=bash
# Machines of the appliance test: root folders of Debian, booted with systemd-nspawn. Everything here
# runs in the mount, process and network namespaces of run.sh and goes with them; what stays for the
# next run is build/appliance/SUITE/root. $folder is build/appliance/SUITE.

# The cgroups of machines: without a service manager of its own to ask, nspawn takes the one it is in.
machine_cgroups=(/sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup)

# A machine is a layer of its own over the root folder.
make_machine() {
    local name=$1 home=$folder/$1
    rm -rf "$home"
    mkdir -p "$home"/{changes,work,root}
    mount -t overlay overlay "$home/root" \
        -o "lowerdir=$folder/root,upperdir=$home/changes,workdir=$home/work"
    echo "$name" >"$home/root/etc/hostname"
    ip netns add "$name"
    ip -n "$name" link set lo up
}

# machine_leader NAME: the machine's first process, as the test sees it.
machine_leader() {
    ps --ppid "$(<"$folder/$1/pid")" -o pid= | tr -d ' ' || true
}

# on NAME COMMAND...
on() {
    local leader
    leader=$(machine_leader "$1")
    shift
    nsenter -t "$leader" --all -- /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

boot() {
    local name=$1 hierarchy
    for hierarchy in "${machine_cgroups[@]}"; do
        [[ -e $hierarchy/cgroup.procs ]] && mkdir -p "$hierarchy/holdfast-test-$name"
    done
    (
        for hierarchy in "${machine_cgroups[@]}"; do
            [[ -e $hierarchy/cgroup.procs ]] &&
                echo "$BASHPID" >"$hierarchy/holdfast-test-$name/cgroup.procs"
        done
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec systemd-nspawn --quiet --boot --register=no \
            --keep-unit --console=pipe --machine="$name" --directory="$folder/$name/root" \
            --network-namespace-path="/run/netns/$name"
    ) >"$folder/$name/console.log" 2>&1 </dev/null &
    echo $! >"$folder/$name/pid"
    wait_until_up "$name"
}

# wait_until_up NAME: until systemd says that it is.
wait_until_up() {
    local state end=$((SECONDS + 120))
    while ((SECONDS < end)); do
        state=$(on "$1" systemctl is-system-running 2>/dev/null || true)
        [[ $state == running || $state == degraded ]] && return
        sleep 0.2
    done
    tail -n 20 "$folder/$1/console.log" >&2
    fail 1 "$1 does not come up; its console is $folder/$1/console.log"
}

# What nspawn ends with when its machine wants to be booted again.
wants_reboot=133

reboot_machine() {
    local status=0
    on "$1" systemctl --no-block reboot || true # it may be gone before it has answered
    wait "$(<"$folder/$1/pid")" || status=$?
    ((status == wants_reboot)) || fail 1 "$1 ended with $status where it was to reboot"
    boot "$1"
}

# plug NAME ADDRESS: the machine's end of the cable.
plug() {
    ip -n "$1" address add "$2/24" dev "${1}0"
    ip -n "$1" link set "${1}0" up
}
