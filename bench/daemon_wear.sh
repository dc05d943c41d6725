#!/bin/bash
# What the daemon writes a reading: bench/daemon_wear.sh BUILD_FOLDER [SECONDS]
#
# For 1, 10 and 100 readings a second (at 100: ten series, ten a second each) and lose_at_most 0, 1 s
# and 10 s, all nine at once, each in an ext4 of its own on a loop device: takes root. The block
# layer's bytes are those of the device, with the file system's own and what a clean end of the daemon
# writes; the process's are write_bytes of /proc/PID/io.
set -euo pipefail

(($# >= 1)) || { echo "usage: bench/daemon_wear.sh BUILD_FOLDER [SECONDS]" >&2; exit 2; }
bin=$(realpath "$1")/bin
seconds=${2:-300}
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
    printf '[site]\nname = bench\n[spool]\npath = %s/spool.db\nlose_at_most = %s\n' "$3" "$2"
    printf '[cloud]\nkind = mosquitto\naddress = cloud.invalid\n'
    for ((i = 0; i < sensors; ++i)); do
        printf '[sensor s%d]\ndriver = sim\nsignal = noise\nevery = %dms\n' "$i" "$every"
    done
}

# sectors DISK: 512 bytes each, written since the device was made
sectors() {
    sync -f "$1"
    awk '{print $7}' "/sys/block/$(basename "$(findmnt -no SOURCE "$1")")/stat"
}

# start RATE LOSE_AT_MOST
start() {
    local at=$work/$1-$2
    mkdir -p "$at/disk"
    truncate -s 300M "$at/image"
    mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$at/image"
    mount -o loop,noatime "$at/image" "$at/disk"
    config "$1" "$2" "$at/disk" >"$at/holdfast.conf"
    sectors "$at/disk" >"$at/before"
    "$bin/holdfast-edge" --config "$at/holdfast.conf" 2>"$at/log" &
    echo $! >"$at/pid"
    daemons+=($!)
}

# finish RATE LOSE_AT_MOST
finish() {
    local at=$work/$1-$2 pid written readings i
    pid=$(<"$at/pid")
    written=$(awk '/^write_bytes/ {print $2}' "/proc/$pid/io")
    kill "$pid"
    wait "$pid" || true
    written_to_disk=$((($(sectors "$at/disk") - $(<"$at/before")) * 512))
    readings=0
    for i in $(sed -n 's/^\[sensor \(.*\)\]/\1/p' "$at/holdfast.conf"); do
        readings=$((readings + $("$bin/holdfast" history "$i" --dir "$at" | wc -l) - 1))
    done
    printf '%11s %13s %9s %12s %12s\n' "$1" "$2" "$readings" $((written / readings)) \
        $((written_to_disk / readings))
}

for rate in 1 10 100; do
    for lose in 0 1s 10s; do
        start "$rate" "$lose"
    done
done
sleep "$seconds"
printf '%11s %13s %9s %12s %12s\n' readings/s lose_at_most readings 'process B/r' 'device B/r'
for rate in 1 10 100; do
    for lose in 0 1s 10s; do
        finish "$rate" "$lose"
    done
done
daemons=()
