#!/bin/sh
# Checks this pack with openssl, sha256sum (or shasum) and pdfsig. Run it in the unpacked pack's folder:
#     sh verify.sh CERTIFICATE.pem      the signer's certificate, or that of its authority
#     sh verify.sh FINGERPRINT          SHA-256 of the signer's certificate, as told in a call
#     sh verify.sh --integrity-only     nothing was changed, whoever signed
# One line for each step. Ends with 0 when all hold, with 5 when one does not, with 2 when it could not check.
# Whoever made the pack put this copy here: get one from elsewhere, or read it first.
set -u
LC_ALL=C
export LC_ALL
[ "$#" -eq 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
failed=0

step() { # $1: what; the rest: a command that must succeed
    what=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        printf 'ok       %s\n' "$what"
    else
        printf 'FAILED   %s\n' "$what"
        head -n 5 "$scratch/said" | tr -cd '[:print:]\n' | sed 's/^/         /'
        failed=1
    fi
}

need() { command -v "$1" >/dev/null 2>&1 || { echo "needs $1: install it, or use another way of VERIFY.md"; exit 2; }; }
need openssl
need find

if command -v sha256sum >/dev/null 2>&1; then
    sums() { sha256sum --strict --quiet -c "$1"; }
    sum_of() { sha256sum <"$1" | cut -c 1-64; }
else
    need shasum
    sums() { shasum -a 256 -s -c "$1"; }
    sum_of() { shasum -a 256 <"$1" | cut -c 1-64; }
fi

fingerprint() { # of the first certificate of a file: 64 hex digits
    openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr 'A-F' 'a-f'
}

signature() { # $1: signature, $2: content; leaves the signer's certificate beside
    openssl cms -verify -binary -inform DER -in "$1" -content "$2" -CAfile "$anchor" -partial_chain \
        -no_check_time -purpose any -signer "$scratch/signer" -out /dev/null || return 1
    [ "$(fingerprint "$scratch/signer")" = "$own" ] || { echo "signed with another certificate"; return 1; }
}

only_listed() { # $1: list, $2: what else may be there, one path a line; the folder holds no other files
    { cut -c 67- "$1"; printf '%s\n' "$2"; } | sort >"$scratch/listed"
    find . -type f | sed 's|^\./||' | sort >"$scratch/there"
    diff "$scratch/listed" "$scratch/there"
}

names() { grep -q -a -F -- "$2" "$1" || { echo "$1 does not name $2"; return 1; }; }

anchor=signer.pem
[ -f "$anchor" ] || { echo "this is not the folder of a pack"; exit 2; }
[ -z "$(find . ! -type f ! -type d)" ] || { echo "REFUSED: links or special files are in this folder."; exit 5; }
own=$(fingerprint "$anchor")
told=$(printf %s "$1" | tr -d ':' | tr 'A-F' 'a-f')
if [ "$1" = --integrity-only ]; then
    trust="nobody said whose signature to expect"
elif printf %s "$told" | grep -q -E '^[0-9a-f]{64}$'; then
    trust="the fingerprint that you were told"
    step "trusted: signer.pem has $trust" [ "$told" = "$own" ]
else
    [ -f "$1" ] || { echo "$1: no such certificate"; exit 2; }
    openssl x509 -in "$1" -out "$scratch/anchor" || exit 2
    trust="the certificate that you brought"
    if [ "$(fingerprint "$scratch/anchor")" = "$own" ]; then
        step "trusted: signer.pem is $trust" true
    else
        step "trusted: signer.pem is under $trust" openssl verify -CAfile "$scratch/anchor" -untrusted signer.pem signer.pem
    fi
fi

step "signed: SHA256SUMS, by the certificate $own" signature SHA256SUMS.p7s SHA256SUMS
step "unchanged: every file that SHA256SUMS lists" sums SHA256SUMS
besides="SHA256SUMS
SHA256SUMS.p7s"
[ ! -f SHA256SUMS.p7s.tsr ] || besides="$besides
SHA256SUMS.p7s.tsr"
step "complete: no file but those" only_listed SHA256SUMS "$besides"

bundle=$(find . -type f -name tagmanifest-sha256.txt | sed 's|^\./||; s|/.*||' | head -n 1)
case $bundle in
evidence-*) ;;
*) echo "FAILED   there is no bundle in this pack"; exit 5 ;;
esac
digest=$(sum_of "$bundle/tagmanifest-sha256.txt")
anchor=$PWD/signer.pem
in_bundle() { cd "$bundle" && "$@"; }
inside() { (in_bundle "$@"); }
step "sealed: the bundle, by the same certificate" inside signature seal/tagmanifest-sha256.txt.p7s tagmanifest-sha256.txt
step "unchanged: the bundle's tag files" inside sums tagmanifest-sha256.txt
step "unchanged: the bundle's evidence" inside sums manifest-sha256.txt
tags="$(cut -c 67- "$bundle/tagmanifest-sha256.txt")
tagmanifest-sha256.txt
seal/tagmanifest-sha256.txt.p7s
seal/chain.pem"
[ ! -f "$bundle/seal/tagmanifest-sha256.txt.tsr" ] || tags="$tags
seal/tagmanifest-sha256.txt.tsr"
step "complete: the bundle has no file but those" inside only_listed manifest-sha256.txt "$tags"
step "results: of this bundle" names results.json "\"bundle_digest\": \"$digest\""
changes() { # the new one of the two bundles is this
    sed -n '/^  "new": {$/,/^  }/p' changes.json >"$scratch/new"
    [ "$(grep -c '"new": {$' "$scratch/new")" = 1 ] && names "$scratch/new" "    \"digest\": \"$digest\""
}
[ ! -f changes.json ] || step "changes: of this bundle" changes
of="bundle sha256:$digest results sha256:$(sum_of results.json)"

properties() { # of the workbook
    unzip -p appendices.xlsx docProps/core.xml >"$scratch/core" && names "$scratch/core" ">$of<"
}
if command -v unzip >/dev/null 2>&1; then step "workbook: of this bundle and these results" properties; else
    echo "unknown  workbook: of this bundle and these results (unzip is not here)"
fi

page() { head -c 1024 index.html >"$scratch/page" && names "$scratch/page" "content=\"$of\""; }
[ ! -f index.html ] || step "page: of this bundle and these results" page

report() {
    pdfsig -nocert report.pdf >"$scratch/pdf" 2>&1
    [ "$(grep -c '^Signature #' "$scratch/pdf")" = 1 ] || { echo "not exactly one signature"; return 1; }
    grep -q 'Signature is Valid' "$scratch/pdf" && grep -q 'Total document signed' "$scratch/pdf" || return 1
    pdfinfo report.pdf | grep -q "^Keywords: *$of\$" || { echo "report.pdf is on other evidence or results"; return 1; }
}
if command -v pdfsig >/dev/null 2>&1; then step "report: one valid signature, on this bundle and these results" report; else
    echo "unknown  report's signature (pdfsig is not here: open report.pdf in Adobe Reader)"
fi

echo "digest   $digest (compare with the report's cover)"
if [ "$failed" -ne 0 ]; then
    echo "REFUSED: do not rely on this pack."
    exit 5
fi
word="VERIFIED under"
[ "$1" != --integrity-only ] || word="INTACT, BUT BY ANYBODY:"
echo "$word $trust."
echo "That is who signed, and that nothing changed since. Not looked at: whether the conclusions follow from the"
echo "evidence, whether the bundle's files agree with each other, and time-stamps (evidence verify)."
