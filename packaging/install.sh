#!/bin/sh
# Installs Sanctum from the folder that this script is in, or removes it again.
#
#   ./install.sh                       into /usr/local
#   PREFIX=$HOME/.local ./install.sh   for one user, without root
#   ./install.sh --uninstall           removes what was installed, and no vault
#
# DESTDIR is put before every path, for those who make packages.
set -eu

PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
here=$(cd "$(dirname "$0")" && pwd)
doc=$PREFIX/share/doc/sanctum
list=$DESTDIR$doc/installed

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

# The units name the program by its path: one with a space is quoted there, and the others mean something to systemd.
command=$PREFIX/bin/sanctum
case "$PREFIX" in
    *[\"\'\\%\&\$\|]* | *"
"*) fail "PREFIX can't have quotes, line breaks or any of \\ % & \$ |" ;;
    *" "*) command="\"$command\"" ;;
esac
case "$PREFIX" in
    /*) ;;
    *) fail "PREFIX must be an absolute path" ;;
esac

# The list has one path a line, as it is without DESTDIR; what ends with a slash is a folder that was made for it.
# Removes what is on the list and not in the file given.
remove_all_but() {
    [ -f "$list" ] || return 0
    sort -r -- "$list" > "$work/old"
    while IFS= read -r path; do
        if ! grep -Fqx -- "$path" "$1"; then
            case "$path" in
                */) rmdir -- "$DESTDIR$path" 2>/dev/null || true ;;
                *) rm -f -- "$DESTDIR$path" ;;
            esac
        fi
    done < "$work/old"
}

make_folder() {
    folder=$1
    while [ "$folder" != / ] && [ ! -d "$DESTDIR$folder" ]; do
        echo "$folder/" >> "$new"
        folder=$(dirname "$folder")
    done
    mkdir -p -- "$DESTDIR$1"
}

# Under another name first: a program that runs can't be written over, and what does not fit is taken back whole.
put() {
    source=$1 target=$2 mode=$3
    echo "$target" >> "$staged"
    make_folder "$(dirname "$target")"
    case "$source" in
        *.service) sed "s|/usr/bin/sanctum|$command|g" "$here/$source" > "$DESTDIR$target.new" ;;
        *) cp -- "$here/$source" "$DESTDIR$target.new" ;;
    esac
    chmod "$mode" "$DESTDIR$target.new"
}

# Ends the installation; where it was not done, the files and folders that were made for it are gone again.
finish() {
    if [ -s "$staged" ]; then
        while IFS= read -r path; do rm -f -- "$DESTDIR$path.new"; done < "$staged"
        sed -n 's|/$||p' "$new" | sort -r | while IFS= read -r path; do
            grep -Fqx -- "$path/" "$before" || rmdir -- "$DESTDIR$path" 2>/dev/null || true
        done
        echo "install.sh: nothing was installed in $DESTDIR$PREFIX; run it as root, or name a folder of yours with room in it: PREFIX=\$HOME/.local" >&2
    fi
    rm -rf -- "$work"
}

work=$(mktemp -d)
new=$work/new staged=$work/staged before=$work/before
trap finish EXIT
: > "$new"
: > "$staged"
: > "$before"

if [ "${1:-}" = --uninstall ]; then
    [ -f "$list" ] || fail "nothing is installed in $DESTDIR$PREFIX"
    if cmp -s "$DESTDIR$doc/environment" "$DESTDIR/etc/sanctum/environment"; then
        rm -f -- "$DESTDIR/etc/sanctum/environment"
    fi
    remove_all_but "$new"
    echo "removed Sanctum from $DESTDIR$PREFIX; vaults are where they were"
    exit 0
fi
[ $# -eq 0 ] || fail "usage: [PREFIX=DIR] [DESTDIR=DIR] ./install.sh [--uninstall]"

(cd "$here" && sha256sum --check --quiet --strict SHA256SUMS) || fail "a file is not as it was packed: get the archive again"

if [ -f "$list" ]; then
    sed -n '/\/$/p' "$list" > "$new"
    cp -- "$new" "$before"
fi
cd "$here"
for source in bin/* share/man/man1/* share/bash-completion/completions/* share/zsh/site-functions/* share/fish/vendor_completions.d/* share/systemd/user/* $(find share/doc/sanctum -type f | sort); do
    mode=644
    case "$source" in bin/*) mode=755 ;; esac
    put "$source" "$PREFIX/$source" "$mode"
done
case "$PREFIX" in
    /usr | /usr/local)
        for source in lib/systemd/system/* lib/sysusers.d/*; do put "$source" "$PREFIX/$source" 644; done
        # The operator's own, once it is there.
        if [ ! -e "$DESTDIR/etc/sanctum/environment" ]; then
            make_folder /etc/sanctum
            cp -- etc/sanctum/environment "$DESTDIR/etc/sanctum/environment"
        fi
        put etc/sanctum/environment "$doc/environment" 644
        ;;
esac
while IFS= read -r path; do
    mv -f -- "$DESTDIR$path.new" "$DESTDIR$path"
    echo "$path" >> "$new"
done < "$staged"
: > "$staged"
echo "$doc/installed" >> "$new"
remove_all_but "$new"
cp -- "$new" "$list"
chmod 644 "$list"

echo "installed Sanctum in $DESTDIR$PREFIX"
if [ -z "$DESTDIR" ]; then
    case ":$PATH:" in
        *":$PREFIX/bin:"*) ;;
        *) echo "note: $PREFIX/bin is not in your PATH" ;;
    esac
fi
