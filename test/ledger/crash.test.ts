import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { mysqlUrl, skipMysql } from '../support/mysql.js'
import { openPostgres } from '../support/postgres.js'
import { crash } from './crash/crash.js'
import { openDatabase } from './crash/database.js'

/** CRASH_PAYMENTS=2000 CRASH_KILLS=40 and `tap --timeout=900` make it longer, CRASH_SEED repeats what is random. */
const payments = Number(process.env.CRASH_PAYMENTS ?? 400)
const kills = Number(process.env.CRASH_KILLS ?? 20)
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1e6)

async function crashOn (t: Test, url: string) {
  const shop = await openDatabase(url)
  t.teardown(() => shop.close())
  await shop.create()
  const counts = await crash(url, { payments, kills, seed })
  const orders = await shop.read()
  const missing = counts.payments - orders.length
  const repeated = orders.filter(({ paid }) => paid > 1).length
  t.comment(`seed ${seed}: ${JSON.stringify({ ...counts, missing, repeated })}`)
  t.equal(Object.values(counts.kills).reduce((sum, count) => sum + count, 0), kills)
  t.equal(missing, 0, 'every payment reached its order')
  return { repeated }
}

test('two servers on one PostgreSQL, killed at every step: every order is paid exactly once', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  const { repeated } = await crashOn(t, postgres.url)
  t.equal(repeated, 0)
})

test('two servers on one MySQL or MariaDB, killed at every step: every order is paid exactly once', { skip: skipMysql() }, async (t) => {
  const { repeated } = await crashOn(t, mysqlUrl)
  t.equal(repeated, 0)
})

test('two servers on one SQLite file, killed at every step: every order is paid, and only a crash in its hook repeats one', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-crash-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const { repeated } = await crashOn(t, join(directory, 'shop.sqlite'))
  // A server has several hooks running when it is killed, each of which may have written.
  t.ok(repeated < kills * 16, `${repeated} orders paid more than once`)
})
