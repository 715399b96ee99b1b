// The coverage gate: files in which money is decided are covered to the last line and (almost) the last branch, as some
// branches are of types alone; elsewhere a number would only invite empty tests.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const MONEY = [
  'money.ts',
  ...[
    'attempts', 'cancellations', 'completion', 'event-record', 'execute-refund', 'fail', 'find-unrefunded', 'freshness',
    'is-handled', 'look-up-again', 'manual-refund-alert', 'manual-refunds', 'order-check', 'outcome', 'reconcile',
    'refund-outcome', 'refund-record', 'refund-rules', 'rules', 'shared-lookup', 'trace-parts',
  ].map((name) => `completion/${name}.ts`),
  ...['batch', 'batched-lookup', 'iterate-list', 'looked-up', 'provider', 'token'].map((name) => `iamport/${name}.ts`),
  ...['cancellations', 'iterate-list', 'manual-approval', 'payment', 'provider', 'signature', 'webhook', 'webhook-body']
    .map((name) => `portone/${name}.ts`),
  'concurrency/keyed-queue.ts', 'concurrency/single-flight.ts',
  'ledger/lease/lease-ledger.ts', 'ledger/memory-ledger.ts', 'ledger/once-before.ts', 'ledger/once.ts',
  'ledger/read-before.ts',
]

/** Percent. */
const LEAST = { lines: 100, branches: 90 }

const tap = new URL('../node_modules/.bin/tap', import.meta.url).pathname
execFileSync(process.execPath, [tap, 'report', 'json-summary', '--allow-incomplete-coverage'], { stdio: 'ignore' })
/** @type {Record<string, Record<'lines' | 'branches', { pct: number, total: number, covered: number }>>} */
const summary = JSON.parse(readFileSync(new URL('../.tap/report/coverage-summary.json', import.meta.url), 'utf8'))

const gaps = MONEY.flatMap((name) => {
  const [, found] = Object.entries(summary).find(([file]) => file.endsWith(`/lib/${name}`)) ?? []
  if (!found) return [`${name}: not covered at all`]
  return (/** @type {const} */ (['lines', 'branches'])).flatMap((kind) =>
    found[kind].pct >= LEAST[kind] ? [] : [`${name}: ${found[kind].covered} of ${found[kind].total} ${kind}`])
})
if (gaps.length > 0) {
  console.error(`Where money is decided, something is not tested:\n  ${gaps.join('\n  ')}`)
  console.error('npx tap report html shows what.')
  process.exitCode = 1
} else {
  console.log(`The ${MONEY.length} files in which money is decided are covered.`)
}
