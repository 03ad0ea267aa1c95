#!/bin/sh
# Starts a PostgreSQL and three daemons over one vault in a folder, for trying. Ctrl-C stops them; the folder stays.
# usage: several-daemons.sh [FOLDER]
set -eu
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
[ -n "$programs" ] || { echo "PostgreSQL is missing: install the package postgresql" >&2; exit 1; }
command -v sanctum > /dev/null || { echo "sanctum is not on PATH" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

mkdir -p "$folder/postgres"
if [ "$(id -u)" = 0 ]; then
    chmod 711 "$folder"
    chown postgres "$folder/postgres"
fi

cd "$folder/postgres"
[ -d data ] || as_owner "$programs/initdb" -D "$folder/postgres/data" -A trust -U sanctum > /dev/null
as_owner "$programs/pg_ctl" -D "$folder/postgres/data" -w -s -l "$folder/postgres/log" -o "-c listen_addresses= -k $folder/postgres" start

stop() {
    trap - INT TERM EXIT
    for number in 1 2 3; do sanctum --vault-path "$folder/daemon$number" --passphrase-file "$folder/passphrase" daemon stop || true; done
    as_owner "$programs/pg_ctl" -D "$folder/postgres/data" -s -m fast stop
    exit 0
}
trap stop INT TERM EXIT

umask 077
[ -f "$folder/passphrase" ] || head -c 24 /dev/urandom | base64 > "$folder/passphrase"
for number in 1 2 3; do
    mkdir -p "$folder/daemon$number"
    printf '{"store": {"postgres": "Host=%s;Username=sanctum;Database=postgres"}}\n' "$folder/postgres" > "$folder/daemon$number/config.json"
    [ $number != 1 ] || [ -f "$folder/made" ] || { sanctum --vault-path "$folder/daemon1" --passphrase-file "$folder/passphrase" init; touch "$folder/made"; }
    sanctum --vault-path "$folder/daemon$number" --passphrase-file "$folder/passphrase" daemon start
done

echo "three daemons serve one vault; its passphrase is in $folder/passphrase"
echo "use any of them: sanctum --vault-path $folder/daemon2 daemon status"
echo "stop them with Ctrl-C"
while :; do sleep 1; done
