#!/bin/bash
# run-guest.sh FOLDER PROGRAM [ROOT]: boots what build-guest.sh made, runs PROGRAM in it (of the root
# folder ROOT, or this machine's own), and ends with its exit status.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
timeout 300 qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 512 \
    -nodefaults -no-user-config -no-reboot -display none \
    -kernel "$1/vmlinuz" -initrd "$1/initrd.gz" \
    -append "console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=on no_timer_check holdfast_program=$2" \
    -serial "file:$log" \
    -fsdev local,id=root,path="${3-/}",security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=root,mount_tag=hostroot </dev/null
tr -d '\r' <"$log"
status=$(tr -d '\r' <"$log" | sed -n 's/^guest: exit status //p')
exit "${status:-99}"
