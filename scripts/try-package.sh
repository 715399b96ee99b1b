#!/usr/bin/env bash
# Installs the packed tarball in an empty folder and uses it as a merchant would: by import, by require, in Jest, in
# NestJS, from TypeScript with the settings that docs/typescript.md names, and by the READMEs' first payment.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tarball=$(npm pack --silent --pack-destination "$folder" | tail -n 1)
cp test/package/* "$folder"
cd "$folder"
install () { npm install --silent --no-audit --no-fund "$@"; }
count () { node -p 'Object.keys(require("./node_modules/.package-lock.json").packages).length'; }
# Fails with what was measured if it is more than the limit.
at_most () { if [ "$2" -gt "$3" ]; then echo "$1: $2, more than $3"; exit 1; fi; echo "$1: $2"; }

npm init --yes > /dev/null
install fastify@5
alone=$(count)
install "./$tarball"
at_most 'bytes packed' "$(wc -c < "$tarball")" 400000
at_most 'packages beside those of Fastify' "$(($(count) - alone))" 5
for program in by-import.mjs by-require.cjs first-payment.mjs doctor.mjs; do node "$program"; done
npx fastify-iamport-sandbox --help > /dev/null
npx fastify-iamport sandbox --help > /dev/null

install typescript@5 ts5.4@npm:typescript@5.4 ts6@npm:typescript@6 ts7@npm:typescript@7 @types/node@20 \
  @fastify/cors@11 @fastify/rate-limit@11 @fastify/swagger@9 undici8@npm:undici@8 \
  jest@29 @arethetypeswrong/cli@0.18.5 publint@0.3.25 \
  @nestjs/common@12 @nestjs/core@12 @nestjs/platform-fastify@12 reflect-metadata@0.2 rxjs@7
node beside.mjs
npx --yes --package node@24 -- node undici-8.mjs
npx attw --format table-flipped "$tarball"
npx publint "$tarball" --strict
cp in-jest.test.cjs in-jest.test.js
npx jest in-jest.test.js

cp required.cts required.ts
modules='typed.mts required.cts'
# Without skipLibCheck, so that a declaration that does not resolve is an error. Two at a time.
xargs -P 2 -I {} sh -c 'node node_modules/{} --noEmit --strict --target es2022 --types node --exactOptionalPropertyTypes ||
  { echo "does not compile: {}"; exit 1; }' <<END
typescript/bin/tsc --module nodenext $modules
typescript/bin/tsc --module esnext --moduleResolution bundler $modules
typescript/bin/tsc --module preserve $modules
typescript/bin/tsc --module commonjs --moduleResolution node10 --esModuleInterop required.ts
ts5.4/bin/tsc --module commonjs --moduleResolution node10 --esModuleInterop required.ts
ts6/bin/tsc --module preserve $modules
ts7/bin/tsc --module nodenext $modules
END
node node_modules/ts7/bin/tsc --strict --target es2022 --module nodenext --types node --exactOptionalPropertyTypes \
  --experimentalDecorators --emitDecoratorMetadata nest.mts
node nest.mjs
echo "the package works by import, by require, in Jest, in NestJS, from TypeScript and by its README"
