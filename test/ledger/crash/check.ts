import type { Test } from 'tap'
import { crash, isV2 } from './crash.js'
import { openDatabase } from './database.js'

/**
 * About 15 s on two cores. For a longer run: CRASH_PAYMENTS=2000 CRASH_KILLS=40 with `tap --timeout=900`. CRASH_SEED
 * chooses the same servers and moments again.
 */
const payments = Number(process.env.CRASH_PAYMENTS ?? 120)
const kills = Number(process.env.CRASH_KILLS ?? 6)
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1e6)

/**
 * Lets the shop's servers crash, and checks that every payment was delivered, refunded or, if its killed run may have
 * delivered, left for a manual refund; and that none was delivered and refunded.
 *
 * @returns how many orders were delivered more than once, and how many payments were left for a manual refund
 */
export async function checkCrashes (t: Test, databaseUrl: string): Promise<{ repeated: number, manual: number }> {
  const shop = await openDatabase(databaseUrl)
  t.teardown(() => shop.close())
  await shop.create()
  const { refunded, ...counts } = await crash(databaseUrl, { payments, kills, seed })
  const orders = await shop.read()
  const both = orders.filter(({ id }) => refunded.has(id)).map(({ id }) => id)
  const done = new Set([...orders.map(({ id }) => id), ...refunded])
  const numbers = Array.from({ length: counts.payments }, (_, number) => number)
  const open = numbers.filter((number) => !done.has(`order_${number}`))
  const keyOf = (number: number) => `${isV2(number) ? 'tx' : 'imp'}_${number}:paid`
  const found = await Promise.all(open.map((number) => shop.ledger.find(keyOf(number))))
  const decisions = found.map((recorded) => Object(recorded?.value).decision)
  const manual = decisions.filter((decision) => decision === 'manual').length
  const missing = open.length - manual
  const repeated = orders.filter(({ paid }) => paid > 1).length
  t.comment(`seed ${seed}: ${JSON.stringify({ ...counts, refunded: refunded.size, manual, missing, repeated, both })}`)
  t.equal(Object.values(counts.kills).reduce((sum, count) => sum + count, 0), kills, 'servers were killed')
  t.ok(refunded.size >= Math.floor(counts.payments / 6), 'refunds were made')
  t.equal(missing, 0, 'every payment was delivered, refunded, or left for a manual refund')
  t.strictSame(both, [], 'no payment was delivered and refunded')
  return { repeated, manual }
}
