#!/bin/bash
# What the daemon writes a reading: bench/daemon_wear.sh BUILD_FOLDER [SECONDS [MAX_SIZE [SENSOR]]]
#
# For 1, 10 and 100 readings a second (at 100: ten series, ten a second each) and lose_at_most 0, 1 s
# and 10 s, all nine at once, each in an ext4 of its own on a loop device: takes root. RATES and LOSES
# in the environment name others, and MOUNT_OPTIONS those of the disks (noatime). The block layer's bytes are those of the device, with the file
# system's own; the process's are write_bytes of /proc/PID/io. Both are counted for SECONDS (900) in
# the steady state: before that, fast sensors fill the spool's log up to the size from which on it is
# used again. MAX_SIZE is 512MiB; SENSOR is what its section says of the signal, by default what a
# thermometer measures: "decimals = 2; low = 18; high = 24".
set -euo pipefail

(($# >= 1)) || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
bin=$(realpath "$1")/bin
seconds=${2:-900}
max_size=${3:-512MiB}
signal=${4:-decimals = 2; low = 18; high = 24}
rates=${RATES:-1 10 100}
loses=${LOSES:-0 1s 10s}
mount_options=${MOUNT_OPTIONS:-noatime}
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

# sensors NAME COUNT EVERY_MS
sensors() {
    local i
    for ((i = 0; i < $2; ++i)); do
        printf '[sensor %s%d]\ndriver = sim\nsignal = noise\nevery = %dms\n' "$1" "$i" "$3"
        tr ';' '\n' <<<"$signal"
    done
}

# config FOLDER LOSE_AT_MOST
config() {
    printf '[site]\nname = bench\n[spool]\npath = %s/spool.db\nlose_at_most = %s\nmax_size = %s\n' \
        "$1/disk" "$2" "$max_size"
    printf '[cloud]\nkind = mosquitto\naddress = cloud.invalid\n'
}

# start RATE LOSE_AT_MOST
start() {
    local at=$work/$1-$2
    mkdir -p "$at/disk"
    truncate -s 300M "$at/image"
    mkfs.ext4 -q -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 "$at/image"
    mount -o "loop,$mount_options" "$at/image" "$at/disk"
    # For its password and its authority; the broker is not started.
    "$bin/holdfast" init --site bench --cloud mosquitto://cloud.invalid --dir "$at" >/dev/null
    { config "$at" "$2"; sensors fast 20 10; } >"$at/holdfast.conf"
    "$bin/holdfast-edge" --config "$at/holdfast.conf" 2>"$at/log" &
    echo $! >"$at/pid"
    daemons+=($!)
}

# slow_down RATE LOSE_AT_MOST: once the log is as long as it becomes, the sensors that are measured.
slow_down() {
    local at=$work/$1-$2 size=-1
    while [[ $(stat -c %s "$at/disk/spool.db") == "$(<"$at/empty")" ]]; do
        sleep 1
    done
    { config "$at" "$2"; sensors s $(($1 < 10 ? 1 : 10)) $(($1 < 100 ? 1000 : 100)); } >"$at/holdfast.conf"
    kill -HUP "$(<"$at/pid")"
}

# remember RATE LOSE_AT_MOST: how large the database is while all of it stands in the log.
remember() {
    stat -c %s "$work/$1-$2/disk/spool.db" >"$work/$1-$2/empty"
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
    for rate in $rates; do
        for lose in $loses; do
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
sleep 3
each remember
each slow_down
sleep 30
each begin
sleep "$seconds"
printf '%11s %13s %9s %12s %12s\n' readings/s lose_at_most readings 'process B/r' 'device B/r'
each report
