# shellcheck shell=bash
# What ./run and ./test share: the Debian packages, the build, and how long each step took.
# Everything goes to stderr: stdout belongs to the program that is run.

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")

# What a compiler process may need at worst; a small Raspberry Pi runs fewer at a time.
compiler_memory_kib=$((700 * 1024))

say() {
    printf '%s\n' "$*" >&2
}

# fail CODE MESSAGE...: 2 for wrong usage, 3 for what this machine cannot do.
fail() {
    local code=$1
    shift
    say "${0##*/}: $*"
    exit "$code"
}

# step NAME COMMAND...: runs the command and says how long it took.
step() {
    local name=$1
    shift
    local start=${EPOCHREALTIME//[.,]/}
    "$@" >&2
    local tenths=$(((${EPOCHREALTIME//[.,]/} - start) / 100000))
    say "$name: $((tenths / 10)).$((tenths % 10)) s"
}

packages_for() {
    local purpose package
    while read -r purpose package; do
        [[ " $* " == *" $purpose "* ]] && printf '%s\n' "$package"
    done <"$root/packaging/debian-packages.txt"
    return 0
}

# missing PACKAGE...: those that are not installed; PACKAGE:ARCHITECTURE is another machine's.
missing() {
    local native installed
    native=$(dpkg --print-architecture)
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}:${Architecture}\n' "$@" 2>/dev/null |
        sed "s/:$native$\|:all$//" || true)
    local package
    for package in "$@"; do
        grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
    done
}

# install_packages PURPOSE...: installs what is missing of the packages for these purposes.
install_packages() {
    command -v dpkg-query >/dev/null ||
        fail 3 "this is no Debian; install by hand: $(packages_for "$@" | paste -sd ' ')"
    local wanted
    mapfile -t wanted < <(packages_for "$@")
    install_missing "${wanted[@]}"
}

# install_cross_packages ARCHITECTURE: what builds packages for it: this machine's tools and that
# one's libraries.
install_cross_packages() {
    local wanted
    mapfile -t wanted < <(packages_for build cross package | sed -E "s/^(lib.*-dev|catch2)$/&:$1/")
    install_missing "${wanted[@]}"
}

install_missing() {
    local absent
    mapfile -t absent < <(missing "$@")
    ((${#absent[@]} == 0)) || step "install ${absent[*]}" apt_install "${absent[@]}"
}

apt_install() {
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail 3 "cannot install $*: neither root nor sudo; as root: apt-get install $*"
        as_root=(sudo)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get -q -y -o DPkg::Lock::Timeout=300)
    mkdir -p "$root/build"
    local log=$root/build/apt.log
    say "installing $*"
    # Old lists may still serve: only the installation decides.
    "${apt[@]}" update >"$log" 2>&1 || true
    "${apt[@]}" install --no-install-recommends "$@" >>"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail 3 "apt could not install $*; its last lines are above, all of them in $log"
    }
}

parallel_jobs() {
    local available cores
    available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
    cores=$(nproc)
    local fitting=$((available / compiler_memory_kib))
    echo $((fitting < 1 ? 1 : fitting < cores ? fitting : cores))
}

# Configured for this folder and with these presets? Ninja itself sees all other changes.
configured() {
    local build=$1
    [[ $build/.configured -nt $root/CMakePresets.json ]] &&
        grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"
}

configure() {
    local preset=$1
    mkdir -p "$root/build"
    local log=$root/build/configure-$preset.log
    cmake -S "$root" --preset "$preset" --fresh >"$log" 2>&1 || {
        cat "$log" >&2
        fail 3 "cannot configure the build (above, and in $log)"
    }
    touch "$root/build/$preset/.configured"
}

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    local folder=$root/build/$preset
    configured "$folder" || step "configure $preset" configure "$preset"
    local targets=("${@/#/--target=}") quiet=()
    [[ -t 2 ]] || quiet=(-- --quiet)
    step "build $preset" cmake --build "$folder" -j "$(parallel_jobs)" "${targets[@]}" "${quiet[@]}"
}
