#!/usr/bin/env bash
# Installs what a fresh machine lacks and runs everything. --long adds soaks and big runs.
# Ends with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."

long=false
for argument in "$@"; do
  case "$argument" in
    --long) long=true ;;
    -h|--help) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
    *) echo "tests/run.sh: unknown option '$argument' (there is only --long)" >&2; exit 2 ;;
  esac
done
export HOMEBRIDGE_TESTS_LONG=$long
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Processes here live for minutes: watching code so as to compile it better costs them a third more processor time than it brings.
export DOTNET_TieredPGO=0

say() { printf '\n== %s\n' "$*"; }
failed() { echo "$*" >&2; printf '\n0 passed, 1 failed\n'; exit 1; }

# Programs that tests use as they are: a decoder, a browser, a proxy, a database server, the checkers of alarm rules and units,
# and npm for other people's players and OAuth clients.
packages=()
command -v ffmpeg >/dev/null || packages+=(ffmpeg)
command -v chromium >/dev/null || packages+=(chromium)
{ command -v nginx || [ -x /usr/sbin/nginx ]; } >/dev/null || packages+=(nginx)
command -v npm >/dev/null || packages+=(nodejs npm)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)
command -v promtool >/dev/null || packages+=(prometheus)
command -v sqlite3 >/dev/null || packages+=(sqlite3)
command -v systemd-analyze >/dev/null || packages+=(systemd)
if [ ${#packages[@]} -gt 0 ]; then
  say "Installing ${packages[*]}"
  sudo=""; [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -qq || failed "apt-get update failed"
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null \
    || failed "These Debian packages could not be installed: ${packages[*]}"
fi
command -v dotnet >/dev/null || failed "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"

say "Building (warnings are errors)"
dotnet build HomeBridge.sln -c Release -v quiet || failed "The build failed."

passed_total=0
failed_total=0
running=()
shown=()

say "Formatting"
if dotnet format HomeBridge.sln --no-restore --verify-no-changes --verbosity quiet; then
  passed_total=$((passed_total + 1))
else
  echo "dotnet format HomeBridge.sln puts this right." >&2
  failed_total=$((failed_total + 1))
fi

# Parts side by side: most tests wait for pictures, timers and browsers, so one process leaves the cores idle. Each part is
# some areas (folders of tests/HomeBridge.Tests), and the rest is whatever none of them names, so that no test is in none.
# What stores something is run again on PostgreSQL: some of it, and with --long all writers, and what many of them do at once.
declare -A parts=(
  [simulation]="Simulation Switch"
  [screens]="Display Notices OpsConsole Players Start"
  [proofs]="Attack EvidencePolicy Hazards House Isolation LinkDoctor"
  [accounts]="AccountLinking DeviceCloudEvents Drills HomeGraph Residents"
  [machines]="Deploy Replicas Telemetry WebRtc"
)
stored="AuditTrails Ledger Suspensions"
if $long; then stored+=" AccountLinking DeviceCloudEvents HomeGraph.LinkageTests HomeGraph.ReportTests HomeGraph.UnlinkReceiptTests Notices Residents.AccountApiTests"; fi
lanes=("simulation postgres" "screens" "proofs machines" "accounts" "rest")
any() { local joined="" area; for area in $1; do joined+="${joined:+|}FullyQualifiedName~HomeBridge.Tests.$area."; done; printf '%s' "$joined"; }
none() { local joined="" area; for area in $1; do joined+="${joined:+&}FullyQualifiedName!~HomeBridge.Tests.$area."; done; printf '%s' "$joined"; }
filter() {
  case "$1" in
    rest) none "${parts[*]}" ;;
    postgres) any "$stored" ;;
    *) any "${parts[$1]}" ;;
  esac
}
logs=$(mktemp -d)
# In the background a shell has programs ignore Ctrl-C, which some tests press.
part() {
  local engine=sqlite; [ "$1" != postgres ] || engine=postgres
  env --default-signal=INT HOMEBRIDGE_TESTS_ENGINE=$engine \
    dotnet test tests/HomeBridge.Tests -c Release --no-build --filter "$(filter "$1")" --logger "console;verbosity=normal" >"$logs/$1" 2>&1
}
lane() { local name; for name in $1; do part "$name"; done; }
say "Tests"
names=(${lanes[*]})
for name in "${names[@]}"; do : >"$logs/$name"; done
for one in "${lanes[@]}"; do lane "$one" & running[${#running[@]}]=$!; done
for at in "${!lanes[@]}"; do
  for name in ${lanes[$at]}; do shown[${#shown[@]}]="$logs/$name"; done
  tail -q --pid="${running[$at]}" -n +1 -F "${shown[@]}" 2>/dev/null | grep -vE '^\s+Passed '
  shown=()
done
wait

# What failed is told once more at the end, where it is looked for: each name with its message.
reasons() { awk '/^  Failed /{ left = 14 } /^  Stack Trace:/{ left = 0 } left-- > 0 { print substr($0, 1, 400) }' "$logs"/*; }

count() { grep -oE "^ +$2: +[0-9]+" "$logs/$1" | grep -oE '[0-9]+$' | tail -n 1; }
for log in "${names[@]}"; do
  passed=$(count $log Passed); broken=$(count $log Failed); total=$(grep -oE '^Total tests: +([0-9]+|Unknown)' "$logs/$log" | grep -oE '[0-9]+$' | tail -n 1)
  if [ -z "${total:-}" ] || [ "${passed:-0}" -eq 0 ]; then
    # No summary: the run broke off, and a run that broke off did not pass.
    failed_total=$((failed_total + 1))
  fi
  # What is neither passed nor failed was skipped, and nothing here may be skipped.
  skipped=$(( ${total:-0} - ${passed:-0} - ${broken:-0} ))
  passed_total=$((passed_total + ${passed:-0}))
  failed_total=$((failed_total + ${broken:-0} + skipped))
done
failures=$(reasons)
rm -rf "$logs"
if [ -n "$failures" ]; then say "Failed"; printf '%s\n' "$failures"; fi

printf '\n%d passed, %d failed\n' "$passed_total" "$failed_total"
[ "$failed_total" -eq 0 ]
