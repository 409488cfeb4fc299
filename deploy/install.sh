#!/bin/sh
# Installs the files beside this script below a prefix, for systems without packages of Debian. It starts nothing; run again
# with a newer version, it replaces what is there but configurations. Usage:
#   ./install.sh [--prefix /usr/local] [--root DIR]
set -eu

prefix=/usr/local
root=
usage() {
    echo "install.sh: $1" >&2
    echo "hint: ./install.sh [--prefix /usr/local] [--root DIR]" >&2
    exit 64
}
while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --root)
        [ $# -gt 1 ] || usage "$1 needs a folder"
        case $2 in
        /*) ;;
        *) usage "$1 \`$2\` is no absolute path" ;;
        esac
        if [ "$1" = --prefix ]; then prefix=$2; else root=$2; fi
        shift 2
        ;;
    *) usage "unknown option \`$1\`" ;;
    esac
done
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
    echo "install.sh: only root may install below $prefix" >&2
    echo "hint: sudo ./install.sh, or --root DIR to look at what would be installed" >&2
    exit 1
fi

to=$root$prefix
# A running server keeps the file that it was started from: the new one takes its place by a rename.
install -D -m 755 "$here/bin/sandglass" "$to/bin/.sandglass.new"
mv -f "$to/bin/.sandglass.new" "$to/bin/sandglass"
for page in "$here"/man/*; do
    install -D -m 644 "$page" "$to/share/man/man1/$(basename "$page")"
done
install -D -m 644 "$here/completions/sandglass.bash" "$to/share/bash-completion/completions/sandglass"
install -D -m 644 "$here/completions/_sandglass" "$to/share/zsh/site-functions/_sandglass"
install -D -m 644 "$here/completions/sandglass.fish" "$to/share/fish/vendor_completions.d/sandglass.fish"
for page in "$here"/doc/*; do
    install -D -m 644 "$page" "$to/share/doc/sandglass/$(basename "$page")"
done
for unit in "$here"/systemd/*.service; do
    install -d "$root/etc/systemd/system"
    sed "s#/usr/local/bin/#$prefix/bin/#" "$unit" >"$root/etc/systemd/system/$(basename "$unit")"
done
install -D -m 644 "$here/systemd/before-254/sandglass-groups.service" \
    "$to/share/sandglass/before-254/sandglass-groups.service"
install -D -m 644 "$here/systemd/before-254/sandglass.service.d/groups.conf" "$to/share/sandglass/before-254/groups.conf"
install -d -m 750 "$root/etc/sandglass"
for file in master.toml worker.toml; do
    # What an owner wrote stays.
    if [ ! -e "$root/etc/sandglass/$file" ]; then
        install -m 640 "$here/$file" "$root/etc/sandglass/$file"
    fi
done

echo "Sandglass is installed below $root$prefix; nothing is started."
echo "next: systemctl daemon-reload && systemctl enable --now sandglass"
echo "in a fleet: doc/FLEET.md; systemd before 254: $prefix/share/sandglass/before-254"
