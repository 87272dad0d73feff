#!/usr/bin/env bash
# A throwaway PostgreSQL on loopback for tests: `start` prints its URL, `stop` removes it.
set -euo pipefail

port="${RINGBACK_TEST_POSTGRES_PORT:-54329}"
home="${TMPDIR:-/tmp}/ringback-postgres-$port"
bin="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

stop() {
    [ ! -d "$home" ] || as_owner "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
}

case "${1:-}" in
start)
    stop
    mkdir -p "$home"
    [ "$(id -u)" != 0 ] || chown postgres "$home"
    as_owner "$bin/initdb" -D "$home/data" -U ringback -A trust >/dev/null
    as_owner "$bin/pg_ctl" -D "$home/data" -w -l "$home/log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start >/dev/null
    echo "postgres://ringback@127.0.0.1:$port/postgres"
    ;;
stop) stop ;;
*)
    echo "usage: tests/postgres.sh start|stop" >&2
    exit 2
    ;;
esac
