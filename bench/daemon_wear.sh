#!/bin/bash
# What the daemon writes a reading: bench/daemon_wear.sh BUILD_FOLDER [WARM_UP [SECONDS [MAX_SIZE]]]
#
# For 1, 10 and 100 readings a second (at 100: ten series, ten a second each) and lose_at_most 0, 1 s
# and 10 s, all nine at once, each in an ext4 of its own on a loop device: takes root. The block
# layer's bytes are those of the device, with the file system's own; the process's are write_bytes of
# /proc/PID/io. Both are counted for SECONDS behind WARM_UP: until the spool's log has its full size
# (1/16 of max_size, at most 4MiB), each commit makes it longer, which costs the file system more.
set -euo pipefail

(($# >= 1)) || { echo "usage: bench/daemon_wear.sh BUILD_FOLDER [WARM_UP [SECONDS [MAX_SIZE]]]" >&2; exit 2; }
bin=$(realpath "$1")/bin
warm_up=${2:-900}
seconds=${3:-600}
max_size=${4:-512MiB}
work=$(mktemp -d)
daemons=()

clean_up() {
    ((${#daemons[@]} == 0)) || kill "${daemons[@]}" 2>/dev/null || true
    wait
    local mount
    for mount in "$work"/*/disk; do
        umount "$mount" || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

# config RATE LOSE_AT_MOST DISK
config() {
    local sensors=$(($1 < 10 ? 1 : 10)) every=$(($1 < 100 ? 1000 : 100)) i
    printf '[site]\nname = bench\n[spool]\npath = %s/spool.db\nlose_at_most = %s\nmax_size = %s\n' \
        "$3" "$2" "$max_size"
    printf '[cloud]\nkind = mosquitto\naddress = cloud.invalid\n'
    for ((i = 0; i < sensors; ++i)); do
        printf '[sensor s%d]\ndriver = sim\nsignal = noise\nevery = %dms\n' "$i" "$every"
    done
}

# start RATE LOSE_AT_MOST
start() {
    local at=$work/$1-$2
    mkdir -p "$at/disk"
    truncate -s 300M "$at/image"
    mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$at/image"
    mount -o loop,noatime "$at/image" "$at/disk"
    # For its password and its authority; the broker is not started.
    "$bin/holdfast" init --site bench --cloud mosquitto://cloud.invalid --dir "$at" >/dev/null
    config "$1" "$2" "$at/disk" >"$at/holdfast.conf"
    "$bin/holdfast-edge" --config "$at/holdfast.conf" 2>"$at/log" &
    echo $! >"$at/pid"
    daemons+=($!)
}

# counters FOLDER: readings, bytes of the process, bytes of the device
counters() {
    local readings=0 sensor device
    for sensor in $(sed -n 's/^\[sensor \(.*\)\]/\1/p' "$1/holdfast.conf"); do
        readings=$((readings + $("$bin/holdfast" history "$sensor" --dir "$1" | wc -l) - 1))
    done
    sync -f "$1/disk"
    device=$(basename "$(findmnt -no SOURCE "$1/disk")")
    echo "$readings" "$(awk '/^write_bytes/ {print $2}' "/proc/$(<"$1/pid")/io")" \
        "$(awk '{print $7 * 512}' "/sys/block/$device/stat")"
}

each() {
    local rate lose
    for rate in 1 10 100; do
        for lose in 0 1s 10s; do
            "$1" "$rate" "$lose"
        done
    done
}

begin() {
    counters "$work/$1-$2" >"$work/$1-$2/begin"
}

report() {
    local readings process device
    read -r readings process device < <(counters "$work/$1-$2" | cat - "$work/$1-$2/begin" |
        awk 'NR == 1 {for (i = 1; i <= 3; ++i) now[i] = $i}
             NR == 2 {print now[1] - $1, now[2] - $2, now[3] - $3}')
    printf '%11s %13s %9s %12s %12s\n' "$1" "$2" "$readings" $((process / readings)) \
        $((device / readings))
}

each start
sleep "$warm_up"
each begin
sleep "$seconds"
printf '%11s %13s %9s %12s %12s\n' readings/s lose_at_most readings 'process B/r' 'device B/r'
each report
