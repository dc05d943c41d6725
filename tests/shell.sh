# shellcheck shell=bash
# What the tests that are shell scripts share, beside packaging/build.sh, which it takes.

# The mirror that this machine itself takes Debian from.
debian_mirror() {
    apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "Debian" && $4 == "main" { print $1; exit }'
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
