# shellcheck shell=bash
# What the tests that are shell scripts share, beside packaging/build.sh, which it takes.

# The mirror that this machine itself takes Debian from.
debian_mirror() {
    apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "Debian" && $4 == "main" { print $1; exit }'
}

# The proxy of this machine's apt, for programs that ask only the environment.
export_proxy() {
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    export http_proxy=${http_proxy-}
}

# debian_root FOLDER SUITE [OPTION...]: a fresh Debian in FOLDER, with nothing of ours, and how apt
# reaches its mirror. One that is there was finished: it is made under another name.
debian_root() {
    local folder=$1 suite=$2
    shift 2
    export_proxy
    [[ -d $folder ]] || step "debootstrap $suite $*" make_root "$folder" "$suite" "$@"
    cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
}

make_root() {
    local folder=$1 suite=$2 log=$1.log source
    shift 2
    source=$(debian_mirror)
    [[ -n $source ]] || fail 3 "apt knows no mirror of Debian; see apt-get indextargets"
    mkdir -p "$(dirname -- "$folder")"
    rm -rf "$folder.new"
    debootstrap --variant=minbase "$@" "$suite" "$folder.new" "$source" >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail 3 "debootstrap could not make $suite; its last lines are above, all of them in $log"
    }
    # As the installer of Debian writes it; debootstrap leaves it out.
    printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$folder.new/etc/hosts"
    # A mirror that stands still for a week still serves; what it signed is checked as ever.
    echo 'Acquire::Check-Valid-Until "false";' >"$folder.new/etc/apt/apt.conf.d/50standing"
    mv "$folder.new" "$folder"
}

# mount_sources FOLDER BUILD: this checkout in the root folder as /holdfast, which nothing there can
# change, with BUILD as its build folder. In a mount namespace of the test's own.
mount_sources() {
    mkdir -p "$1/holdfast" "$2"
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount --bind "$root" "$1/holdfast"
    mount -o remount,bind,ro "$1/holdfast"
    mount --bind "$2" "$1/holdfast/build"
}

# in_root FOLDER COMMAND...: as root there, with this machine's network.
in_root() {
    local folder=$1
    shift
    chroot "$folder" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        http_proxy="${http_proxy-}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        CCACHE_DIR=/holdfast/build/ccache "$@"
}

# check WHAT COMMAND...: says that it is so, or ends the test.
check() {
    local what=$1 output
    shift
    output=$("$@" 2>&1) || {
        printf '%s\n' "$output" | tail -n 30 >&2
        fail 1 "not so: $what (last: $*)"
    }
    say "ok: $what"
}

# eventually SECONDS COMMAND...: tries until it succeeds.
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}
