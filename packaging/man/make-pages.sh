#!/bin/bash
# The manual pages, from what the programs say of themselves and from docs/:
# packaging/man/make-pages.sh HOLDFAST HOLDFAST_EDGE FOLDER
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "$0")")
docs=$(dirname -- "$(dirname -- "$here")")/docs
holdfast=$1 edge=$2 folder=$3
version=$("$holdfast" --version)

# page NAME SECTION WHAT: the head of a page whose body follows.
page() {
    printf '.TH %s %s "" "%s" "Holdfast"\n.SH NAME\n%s \\- %s\n' "${1^^}" "$2" "$version" "$1" \
        "${3//-/\\-}"
}

see_also() {
    printf '.SH SEE ALSO\n'
    printf '.BR %s ,\n' "${@:1:$#-1}"
    printf '.BR %s\n' "${@: -1}"
}

environment() {
    cat <<'ROFF'
.SH ENVIRONMENT
Each option can come from a variable instead: \fBHOLDFAST_DIR\fR is \fB\-\-dir\fR. The command line
goes first.
.SH EXIT STATUS
0 fine, 1 the answer is no, 2 the call's words are wrong, 3 the environment does not let it.
ROFF
}

verbs() {
    "$holdfast" --help | sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)/\1 \2/p' | grep -v '^holdfast '
}

# What a verb lists as `holdfast VERB ACTION …` with a help of its own.
actions() {
    "$holdfast" "$1" --help | sed -n "s/^  holdfast $1 ACTION --help$/yes/p" | grep -q yes || return 0
    "$holdfast" "$1" --help | sed -n "s/^  holdfast $1 \([a-z][a-z-]*\) .*/\1/p"
}

verb_page() {
    local verb=$1 what=$2 action
    page "holdfast-$verb" 1 "$what"
    printf '.SH SYNOPSIS\n.B holdfast %s\n[OPTIONS]\n' "$verb"
    "$holdfast" "$verb" --help | awk -f "$here/help.awk"
    while read -r action; do
        [[ -n $action ]] || continue
        printf '.SH HOLDFAST %s %s\n' "${verb^^}" "${action^^}"
        "$holdfast" "$verb" "$action" --help | awk -f "$here/help.awk" |
            sed -e '/^\.SH DESCRIPTION$/d' -e 's/^\.SH \(.*\)/.SS \1/'
    done < <(actions "$verb")
    environment
    see_also "holdfast (1)" "holdfast.conf (5)" "holdfast-edge (8)"
}

main_page() {
    page holdfast 1 "an MQTT appliance that loses nothing"
    printf '.SH SYNOPSIS\n.B holdfast\nVERB [OPTIONS]\n'
    {
        printf 'The verbs, each with a page of its own:\n'
        verbs | sed 's/^\([^ ]*\) /  \1  /'
    } | awk -f "$here/help.awk"
    environment
    local pages=()
    while read -r verb _; do
        pages+=("holdfast-$verb (1)")
    done < <(verbs)
    see_also "${pages[@]}" "holdfast.conf (5)" "holdfast-edge (8)"
}

edge_page() {
    page holdfast-edge 8 "the daemon of a Holdfast appliance"
    printf '.SH SYNOPSIS\n.B holdfast-edge\n[OPTIONS]\n'
    "$edge" --help | awk -f "$here/help.awk"
    cat <<'ROFF'
.SH SIGNALS
SIGHUP reads the configuration again; a mistake in it is named in the journal and on
\fBholdfast/alert/config\fR, and what worked before goes on. SIGTERM puts what was read on disk, makes
the outputs safe, and ends.
.SH FILES
.TP
/etc/holdfast/holdfast.conf
what it does
.TP
/var/lib/holdfast/spool.db
every reading, until the cloud has proved it and \fBkeep_history\fR is over
.TP
/usr/share/doc/holdfast
how it works, and what to do when
ROFF
    see_also "holdfast (1)" "holdfast.conf (5)" "mosquitto (8)"
}

config_page() {
    page holdfast.conf 5 "configuration of a Holdfast appliance"
    printf '.SH DESCRIPTION\n'
    cat "$docs/configuration.md" "$docs/sensors.md" | awk -f "$here/markdown.awk"
    see_also "holdfast (1)" "holdfast-render (1)" "holdfast-edge (8)"
}

rm -rf "$folder"
mkdir -p "$folder"/man{1,5,8}
main_page >"$folder/man1/holdfast.1"
while read -r verb what; do
    verb_page "$verb" "$what" >"$folder/man1/holdfast-$verb.1"
done < <(verbs)
edge_page >"$folder/man8/holdfast-edge.8"
config_page >"$folder/man5/holdfast.conf.5"
