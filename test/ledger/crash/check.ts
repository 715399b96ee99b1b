import type { Test } from 'tap'
import { crash } from './crash.js'
import { openDatabase } from './database.js'

/** About 30 s on two cores. CRASH_PAYMENTS=2000 CRASH_KILLS=40 with `tap --timeout=900` is more; CRASH_SEED repeats what is random. */
const payments = Number(process.env.CRASH_PAYMENTS ?? 300)
const kills = Number(process.env.CRASH_KILLS ?? 20)
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1e6)

/** Runs the shop through its crashes, checks that nothing is missing, and says how many orders were paid more than once. */
export async function checkCrashes (t: Test, databaseUrl: string): Promise<number> {
  const shop = await openDatabase(databaseUrl)
  t.teardown(() => shop.close())
  await shop.create()
  const counts = await crash(databaseUrl, { payments, kills, seed })
  const orders = await shop.read()
  const missing = counts.payments - orders.length
  const repeated = orders.filter(({ paid }) => paid > 1).length
  t.comment(`seed ${seed}: ${JSON.stringify({ ...counts, missing, repeated })}`)
  t.equal(Object.values(counts.kills).reduce((sum, count) => sum + count, 0), kills)
  t.equal(missing, 0, 'every payment reached its order')
  return repeated
}
