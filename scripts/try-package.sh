#!/usr/bin/env bash
# Installs the packed tarball in an empty folder and uses it as a merchant would: by import, by require, from TypeScript
# with the settings that docs/typescript.md names, and by the READMEs' first payment.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tarball=$(npm pack --silent --pack-destination "$folder" | tail -n 1)
cp test/package/* "$folder"
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund "./$tarball" fastify@5
for program in by-import.mjs by-require.cjs first-payment.mjs; do node "$program"; done
npx fastify-iamport-sandbox --help > /dev/null

npm install --silent --no-audit --no-fund typescript@5.9 @types/node@20 @fastify/cors@11 @fastify/rate-limit@11 \
  @fastify/swagger@9 undici8@npm:undici@8
node beside.mjs
npx --yes --package node@24 -- node undici-8.mjs
compile () { npx tsc --noEmit --strict --target es2022 "$@"; }
for module in nodenext node16; do compile --module "$module" --exactOptionalPropertyTypes typed.mts; done
compile --module nodenext required.cts
compile --module esnext --moduleResolution bundler --skipLibCheck typed.mts required.cts
if compile --module node16 required.cts > tsc.log; then echo 'docs/typescript.md: node16 compiles CommonJS now'; exit 1; fi
grep -q TS1479 tsc.log
echo "the package works by import, by require, from TypeScript and by its README: $(du -sk node_modules/fastify-iamport | cut -f1) KB"
