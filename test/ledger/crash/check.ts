import type { Test } from 'tap'
import { crash } from './crash.js'
import { openDatabase } from './database.js'

/**
 * About 30 s on two cores. For a longer run: CRASH_PAYMENTS=2000 CRASH_KILLS=40 with `tap --timeout=900`. CRASH_SEED
 * chooses the same servers and moments again.
 */
const payments = Number(process.env.CRASH_PAYMENTS ?? 300)
const kills = Number(process.env.CRASH_KILLS ?? 20)
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1e6)

/**
 * Lets the shop's servers crash, and checks that every payment was delivered or refunded, and none both.
 *
 * @returns how many orders were delivered more than once
 */
export async function checkCrashes (t: Test, databaseUrl: string): Promise<number> {
  const shop = await openDatabase(databaseUrl)
  t.teardown(() => shop.close())
  await shop.create()
  const { refunded, ...counts } = await crash(databaseUrl, { payments, kills, seed })
  const orders = await shop.read()
  const both = orders.filter(({ id }) => refunded.has(id)).map(({ id }) => id)
  const missing = counts.payments - orders.length - refunded.size + both.length
  const repeated = orders.filter(({ paid }) => paid > 1).length
  t.comment(`seed ${seed}: ${JSON.stringify({ ...counts, refunded: refunded.size, missing, repeated, both })}`)
  t.equal(Object.values(counts.kills).reduce((sum, count) => sum + count, 0), kills, 'servers were killed')
  t.ok(refunded.size >= Math.floor(counts.payments / 6), 'refunds were made')
  t.equal(missing, 0, 'every payment was delivered or refunded')
  t.strictSame(both, [], 'no payment was delivered and refunded')
  return repeated
}
