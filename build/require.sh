# Sourced by ./perfdash and ./test: finds what they need, installs what is missing where apt-get can, and says what it does.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# install PACKAGE… : from the distribution's own packages.
install() {
  command -v apt-get >/dev/null 2>&1 || fail "Missing: $*. Install it with your package manager and start again."
  if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null 2>&1; then as_root=sudo; else
    fail "Missing: $*. Run as root: apt-get install $*"
  fi
  say "Installing $* (apt-get) …"
  mkdir -p "$root/.perfdash"
  {
    $as_root apt-get update &&
      DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y --no-install-recommends "$@"
  } >"$root/.perfdash/install.log" 2>&1 || { cat "$root/.perfdash/install.log" >&2; fail "apt-get could not install $*."; }
}

require_dotnet() {
  command -v dotnet >/dev/null 2>&1 || fail "PerfDash needs the .NET SDK 10. Install it (packages dotnet-sdk-10.0) and start again."
}

# npm brings ApexCharts, at build time only; what is built does not need it.
require_npm() {
  [ -e "$root/PerfDash.Web/wwwroot/lib/apexcharts/apexcharts.esm.js" ] || command -v npm >/dev/null 2>&1 || install npm
}

require_postgres() {
  command -v postgres >/dev/null 2>&1 && command -v initdb >/dev/null 2>&1 && return 0
  for bin in /usr/lib/postgresql/*/bin; do
    [ -x "$bin/postgres" ] && return 0
  done
  install postgresql
}

# The headless shell does the same with two thirds of the work: the whole Chromium draws its toolbars for nobody.
require_chromium() {
  command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 || [ -x "${PERFDASH_TEST_CHROMIUM:-}" ] ||
    install chromium-headless-shell fonts-liberation
}

# A mail server on loopback, for the tests of e-mail.
require_mail_server() {
  [ -e /usr/lib/python3/dist-packages/aiosmtpd/__init__.py ] || install python3-aiosmtpd
}
