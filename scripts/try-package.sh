#!/usr/bin/env bash
# Installs the packed tarball in an empty folder and uses it as a merchant would: by import, by require, and from TypeScript.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tarball=$(npm pack --silent --pack-destination "$folder" | tail -n 1)
cp test/package/* "$folder"
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund "./$tarball" fastify@5 typescript@5.9 @types/node@20
for program in by-import.mjs by-require.cjs; do node "$program"; done
npx tsc --noEmit --strict --module nodenext --target es2022 typed.mts
npx fastify-iamport-sandbox --help > /dev/null
echo "the package works by import, by require and from TypeScript: $(du -sk node_modules/fastify-iamport | cut -f1) KB"
