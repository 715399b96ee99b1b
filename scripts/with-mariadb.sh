#!/bin/sh
# Runs a command with a MariaDB of its own: `scripts/with-mariadb.sh npm test`. It starts the server that is installed (Debian:
# mariadb-server) on a free port with an empty data directory, sets TEST_MYSQL_URL, and stops and removes it afterwards.
# If TEST_MYSQL_URL is set, that server is used, and left as it is: `TEST_MYSQL_URL=mysql://root:...@127.0.0.1:3306/ledger`.
set -eu

if [ -n "${TEST_MYSQL_URL:-}" ]; then exec "$@"; fi

directory=$(mktemp -d)
port=$(node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
user=$(id -un)
# As root, the server becomes its own user.
if [ "$user" = root ]; then user=mysql; chown mysql "$directory"; fi

mariadb-install-db --no-defaults --user="$user" --datadir="$directory/data" --auth-root-authentication-method=normal --skip-test-db > "$directory/install.log" 2>&1 ||
  { cat "$directory/install.log" >&2; exit 1; }
# The commits are real, but do not wait for the disk: the tests are about processes that crash, not machines.
mariadbd --no-defaults --user="$user" --datadir="$directory/data" --port="$port" --bind-address=127.0.0.1 \
  --socket="$directory/socket" --pid-file="$directory/pid" --skip-name-resolve --innodb-flush-log-at-trx-commit=2 \
  --max-connections=200 > "$directory/server.log" 2>&1 &
server=$!
stop () { kill "$server" 2> /dev/null && wait "$server" || true; rm -rf "$directory"; }
trap stop EXIT
trap 'exit 130' INT TERM

tries=0
until mariadb-admin --no-defaults --socket="$directory/socket" --user=root ping > /dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2> /dev/null; then cat "$directory/server.log" >&2; exit 1; fi
  sleep 0.1
done
mariadb --no-defaults --socket="$directory/socket" --user=root \
  -e "create database ledger character set utf8mb4; create user ledger@'127.0.0.1' identified by 'ledger'; grant all on ledger.* to ledger@'127.0.0.1'; grant connection admin, process on *.* to ledger@'127.0.0.1'"

export TEST_MYSQL_URL="mysql://ledger:ledger@127.0.0.1:$port/ledger"
"$@"
