# The --help of a program or a verb as the body of a manual page: what it says first becomes the
# description, indented calls become examples, and options get a paragraph each.

function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.']/ ? "\\&" text : text
}

function trimmed(text) {
    gsub(/^ +| +$/, "", text)
    return text
}

# A column of names starts two spaces further in than the page, and its texts where the first one
# of the line does.
function item(line,    at) {
    at = match(substr(line, 3), /  +[^ ]/)
    if (at == 0 && match(substr(line, 3), /\) [^ ]/)) {
        at = RSTART + 1
    } else if (at == 0 && match(substr(line, 3), / arg [^ (]/)) {
        at = RSTART + 4
    }
    print ".TP"
    if (at == 0) {
        print "\\fB" escaped(trimmed(line)) "\\fR"
    } else {
        print "\\fB" escaped(trimmed(substr(line, 3, at))) "\\fR"
        print escaped(trimmed(substr(line, at + 2)))
    }
}

BEGIN { state = "text"; print ".SH DESCRIPTION" }

# Where words have a list of their own, the line that shows their order belongs to what is said first.
/^Words:$/ { print ".SH WORDS"; blank = 0; next }
/^  .*\[OPTIONS\]$/ { print ".PP"; print "\\fB" escaped(trimmed($0)) "\\fR"; blank = 0; next }
/^Options:$/ { print ".SH OPTIONS"; state = "options"; next }
/^$/ { blank = 1; next }

state == "options" {
    if ($0 ~ /^  -/) {
        item($0)
    } else {
        print escaped(trimmed($0))
    }
    next
}

# Verbs and actions with what they do stand in columns; calls alone are examples.
/^  [^ ]/ {
    if ($0 ~ /^  [^ ].*[^ ]  +[^ ]/) {
        item($0)
    } else {
        if (!example) {
            print ".SH EXAMPLES"
            example = 1
        }
        print ".PP"
        print ".nf"
        print "\\fB" escaped(trimmed($0)) "\\fR"
        print ".fi"
    }
    blank = 0
    next
}

{
    if (blank) {
        print ".PP"
    }
    blank = 0
    print escaped(trimmed($0))
}
