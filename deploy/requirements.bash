# What the scripts beside this file need of a machine; they source it. It changes nothing by itself.

# EX_UNAVAILABLE of sysexits.h: something that has to be there is not.
readonly unavailable=69

# Prints how to get Swift and stops, unless Swift 6.2 or newer is on the PATH.
require_swift() {
    local version
    if ! command -v swift >/dev/null; then
        explain_swift "Swift is not installed, or not on the PATH."
    fi
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ -z $version ]]; then
        explain_swift "'swift --version' does not tell its version."
    fi
    if ((${version%%.*} < 6 || (${version%%.*} == 6 && ${version#*.} < 2))); then
        explain_swift "Swift $version is too old."
    fi
}

explain_swift() {
    cat >&2 <<END
${0##*/}: $1
Harken is built with Swift 6.2 or newer. On Debian 12, get it with Swift's own installer, swiftly:

    curl -O "https://download.swift.org/swiftly/linux/swiftly-\$(uname -m).tar.gz"
    tar zxf "swiftly-\$(uname -m).tar.gz"
    ./swiftly init

or see https://www.swift.org/install/linux/. Then run this script again in a new shell.
END
    exit "$unavailable"
}

# Installs those of the named Debian packages that are missing, and says so first.
require_packages() {
    local missing=() as_root=() package
    for package in "$@"; do
        if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
            missing+=("$package")
        fi
    done
    if ((${#missing[@]} == 0)); then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "${0##*/}: these packages of Debian's are missing, and there is no apt-get: ${missing[*]}" >&2
        exit "$unavailable"
    fi
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "${0##*/}: these packages are missing; as root, run: apt-get install ${missing[*]}" >&2
            exit "$unavailable"
        fi
        as_root=(sudo)
    fi
    echo "${0##*/}: installing Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What it takes to compile Harken, beside Swift.
# shellcheck disable=SC2034  # used by the scripts that source this file
readonly build_packages=(libopenblas-dev libsqlite3-dev pkg-config)
