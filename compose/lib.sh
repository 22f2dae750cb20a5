# What the checks of the labs share. Sourced by `LAB/check`, in the folder of the lab.
#
# Needs images that are there already (WINDROSE_IMAGE, DEMO_IMAGE or the names that the compose files say).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[1]}")"
lab=$(basename "$PWD")

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose --project-name "$lab" "$@"
  else
    docker-compose --project-name "$lab" "$@"
  fi
}

# Starts what is named, or all, and takes it down when the script ends.
up() {
  trap 'ended $?' EXIT
  compose up --detach --no-build "$@" >"/tmp/lab-$lab.log" 2>&1 || { cat "/tmp/lab-$lab.log"; exit 1; }
}

ended() {
  if (($1 != 0)); then
    compose logs --tail 40 || true
    echo "lab $lab: FAILED"
  fi
  compose down --volumes --timeout 2 >/dev/null 2>&1 || true
  rm -f "/tmp/lab-$lab.log"
}

# Runs a command until it succeeds.
eventually() {
  local end=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || { echo "never: $*" >&2; return 1; }
    sleep 0.1
  done
}

# get HOST PATH [curl options]: the body of the answer of the gateway.
get() {
  local host=$1 path=$2
  shift 2
  curl --silent --fail --max-time 5 --header "Host: $host" "$@" "http://127.0.0.1:${WEB_PORT:-80}$path"
}

# says TEXT COMMAND...: the command prints a line that begins so.
says() {
  local text=$1
  shift
  "$@" | grep -q "^$text"
}

# status STATUS HOST PATH [curl options]
status() {
  local wanted=$1 host=$2 path=$3
  shift 3
  local found
  found=$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' --header "Host: $host" "$@" \
    "http://127.0.0.1:${WEB_PORT:-80}$path")
  [[ $found == "$wanted" ]]
}

passed() {
  echo "lab $lab: ok"
}
