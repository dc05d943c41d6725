#!/bin/bash
# build-guest.sh FOLDER: Debian 12's stock kernel into FOLDER/vmlinuz, and into FOLDER/initrd.gz the
# modules for it: gpio-sim, and drivers of chips on an I2C bus that is made of memory (i2c-stub).
# Those that Debian leaves out are built from its source. As root; about 300 MB of packages.
set -euo pipefail

folder=$(mkdir -p "$1" && readlink -f "$1")
here=$(dirname -- "$(readlink -f -- "$0")")
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -y -qq --no-install-recommends \
    gcc make xz-utils cpio kmod busybox-static qemu-system-x86 >&2
release=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-//p' | head -n 1)
version=$(apt-cache show "linux-image-$release" | sed -n 's/^Version: //p' | head -n 1)
apt-get install -y -qq --no-install-recommends "linux-headers-$release" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir kernel sim image image/bin image/modules

apt-get download -qq -o APT::Sandbox::User=root "linux-image-$release" "linux-source-6.1=$version"
modules=./lib/modules/$release
dpkg-deb --fsys-tarfile linux-image-*.deb | tar -x -C kernel "./boot/vmlinuz-$release" \
    "$modules/modules.builtin" "$modules/modules.order" "$modules/kernel/fs" \
    "$modules/kernel/net/9p" "$modules/kernel/drivers/virtio" "$modules/kernel/drivers/base" \
    "$modules/kernel/drivers/i2c" "$modules/kernel/drivers/iio" \
    "$modules/kernel/lib"
dpkg-deb --fsys-tarfile linux-source-6.1_*.deb |
    tar -xO ./usr/src/linux-source-6.1.tar.xz |
    tar -xJ -C sim --strip-components=3 linux-source-6.1/drivers/gpio/gpio-sim.c \
        linux-source-6.1/drivers/gpio/gpio-pca953x.c \
        linux-source-6.1/drivers/iio/chemical/ccs811.c \
        linux-source-6.1/drivers/iio/humidity/si7020.c \
        linux-source-6.1/drivers/gpio/gpiolib.h linux-source-6.1/kernel/irq/irq_sim.c

# irq_to_desc() is for the kernel alone; generic_handle_irq() is for modules and does the same here.
sed -i -e 's/handle_simple_irq(irq_to_desc(irqnum));/generic_handle_irq(irqnum);/' \
    -e 's/#include <linux\/slab.h>/&\n#include <linux\/module.h>/' sim/irq_sim.c
echo 'MODULE_LICENSE("GPL");' >>sim/irq_sim.c
mv sim/chemical/ccs811.c sim/humidity/si7020.c sim/
echo 'obj-m := irq_sim.o gpio-sim.o gpio-pca953x.o ccs811.o si7020.o' >sim/Kbuild
make -s -C "/lib/modules/$release/build" M="$work/sim" modules >&2
install -D -t "kernel/lib/modules/$release/extra" sim/*.ko
strip --strip-debug "kernel/lib/modules/$release/extra/"*.ko
depmod -b kernel "$release" 2>/dev/null

cp /bin/busybox image/bin/
install -m 755 "$here/guest-init" image/init
# In the order in which they are loaded, each once.
for module in gpio-sim virtio_pci 9p 9pnet_virtio overlay i2c-dev gpio-pca953x si7020 bmp280-i2c \
    ti-ads1015 st_accel_i2c ccs811 i2c-stub; do
    modprobe -d kernel -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
    cp "$file" image/modules/
    basename "$file" .ko >>image/modules.list
done
(cd image && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.gz"
cp "kernel/boot/vmlinuz-$release" "$folder/vmlinuz"
