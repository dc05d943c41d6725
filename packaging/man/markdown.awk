# Markdown as docs/ uses it, as the body of a manual page: headings, paragraphs, lists, blocks of
# code, and tables, whose rows become a paragraph each with the first cell as its tag.

function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text
}

# Links lose their address; names of things and what is stressed are bold.
function inline(text,    out, part, i, n) {
    while (match(text, /\[[^\]]*\]\([^)]*\)/)) {
        part = substr(text, RSTART + 1, RLENGTH - 1)
        sub(/\]\(.*/, "", part)
        text = substr(text, 1, RSTART - 1) part substr(text, RSTART + RLENGTH)
    }
    text = escaped(text)
    gsub(/\*\*/, "`", text)
    n = split(text, parts, "`")
    out = parts[1]
    for (i = 2; i <= n; i++) {
        out = out (i % 2 == 0 ? "\\fB" : "\\fR") parts[i]
    }
    return out ~ /^[.']/ ? "\\&" out : out
}

function trimmed(text) {
    gsub(/^ +| +$/, "", text)
    return text
}

# `| a | b |`: a bar that belongs to a value is written \|.
function row(line,    cells, n, i, text, value) {
    gsub(/\\\|/, "\001", line)
    n = split(line, cells, "|")
    print ".TP"
    text = trimmed(cells[2])
    gsub(/\001/, "|", text)
    print (text == "" ? "\\&" : inline(text))
    for (i = 3; i < n; i++) {
        value = trimmed(cells[i])
        gsub(/\001/, "|", value)
        if (value == "") {
            continue
        }
        # A cell in between is the value that holds without the key.
        print (i < n - 1 ? "(" inline(value) ")" : inline(value))
    }
}

/^```/ {
    print code ? ".fi\n.RE" : ".PP\n.RS 4\n.nf"
    code = !code
    next
}
code { text = escaped($0); print (text ~ /^[.']/ ? "\\&" text : text); next }

# The title is the page's own.
/^# / { next }
/^##+ / {
    sub(/^#+ /, "")
    # The name of a section of the file stays as it is written there.
    print ".SH " ($0 ~ /^\[/ ? inline($0) : toupper(inline($0)))
    gap = 0
    next
}
/^$/ { gap = 1; heading = 1; next }
/^\|/ {
    # The first row of a table is its heading, and a ruler follows.
    if ($0 ~ /^\|[-| :]+\|$/) {
        heading = 0
        next
    }
    if (!heading) {
        row($0)
    }
    gap = 0
    next
}
/^- / { print ".IP \\(bu 2"; print inline(substr($0, 3)); gap = 0; next }
{
    if (gap) {
        print ".PP"
    }
    gap = 0
    print inline(trimmed($0))
}
