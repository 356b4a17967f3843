# Shared by the scripts of this folder: finds the Swift toolchain, installs what is missing from the system's packages,
# and prepares folders. Sourced, never run.

set -euo pipefail
repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$repository"

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Whether the loader knows a shared library; ldconfig is not on every user's PATH. Not `| grep -q`: that ends at the first match, and
# ldconfig may then be stopped by the closed pipe, which `pipefail` takes for "no".
has_library() { [[ "$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)" == *"$1"* ]]; }
has_command() { command -v "$1" >/dev/null 2>&1; }
has_file() { compgen -G "$1" >/dev/null; }

# Packages of which something is missing are collected in `missing`.
missing=()
need() {
    local package="$1"
    shift
    "$@" || missing+=("$package")
}

# What the Swift toolchain itself takes from the system: linker, C library headers, and the libraries of its programs.
need_toolchain() {
    need ca-certificates has_file '/etc/ssl/certs/ca-certificates.crt'
    need binutils has_command ld
    need git has_command git
    need libc6-dev has_file '/usr/include/stdio.h'
    need libstdc++-dev has_file '/usr/lib/gcc/*/*/libstdc++.*'
    need libcurl4 has_library libcurl.so.4
    need libncurses6 has_library libncurses.so.6
    need libsqlite3-0 has_library libsqlite3.so.0
    need libxml2 has_library libxml2.so
    need tzdata has_file '/usr/share/zoneinfo/UTC'
}

# OpenCL: headers and loader to build with, and a device that every machine can have.
need_opencl() {
    need pkg-config has_command pkg-config
    need ocl-icd-opencl-dev has_file '/usr/include/CL/cl.h'
    need pocl-opencl-icd has_file '/etc/OpenCL/vendors/pocl.icd'
}

# What UnloopFormats is built with.
need_formats() {
    need zlib1g-dev has_file '/usr/include/zlib.h'
    need libpng-dev has_file '/usr/include/png.h'
    need libjpeg62-turbo-dev has_file '/usr/include/jpeglib.h'
}

# Installs what is missing, or says what it would install when the option --no-install was given.
install_missing() {
    local may_install="$1"
    if [ ${#missing[@]} -eq 0 ]; then
        say "system packages: everything is installed"
    elif [ "$may_install" = no ]; then
        fail "missing system packages: ${missing[*]} (run without --no-install to install them)"
    elif ! has_command apt-get; then
        fail "missing: ${missing[*]}; these are Debian's names, and apt-get is not here: install them yourself"
    else
        local privilege=()
        if [ "$(id -u)" -ne 0 ]; then
            has_command sudo || fail "missing system packages: ${missing[*]}; install them as root (sudo is not here)"
            privilege=(sudo)
        fi
        say "installing system packages: ${missing[*]}"
        "${privilege[@]}" apt-get -qq update >&2
        # Debian has no package of the unversioned name; the compiler's own is the newest.
        local packages=()
        for package in "${missing[@]}"; do
            if [ "$package" = libstdc++-dev ]; then
                package="$(apt-cache search --names-only '^libstdc\+\+-[0-9]+-dev$' | cut -d' ' -f1 | sort -V | tail -1)"
            fi
            packages+=("$package")
        done
        "${privilege[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
            "${packages[@]}" >&2
    fi
}

# Needs Swift 6.1 for package traits; the toolchain comes from swift.org, not from the system.
require_swift() {
    has_command swift || fail "no swift on the PATH; get Swift 6.1 or newer from https://www.swift.org/install/linux/"
    local version
    version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)"
    [ -n "$version" ] || fail "swift --version failed: $(swift --version 2>&1 | head -3)"
    if [ "$(printf '%s\n6.1\n' "$version" | sort -V | head -1)" != 6.1 ]; then
        fail "Swift $version is too old: 6.1 or newer is needed"
    fi
}

# Compilers of OpenCL programs keep theirs in a cache folder, which must be writable.
prepare_caches() {
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        export POCL_CACHE_DIR="${POCL_CACHE_DIR:-$repository/.build/cache/pocl}"
        export UNLOOP_CACHE_DIR="${UNLOOP_CACHE_DIR:-$repository/.build/cache/unloop}"
        mkdir -p "$POCL_CACHE_DIR" "$UNLOOP_CACHE_DIR"
    fi
}
