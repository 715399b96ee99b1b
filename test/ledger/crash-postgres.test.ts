import { test } from 'tap'
import { openPostgres } from '../support/postgres.js'
import { checkCrashes } from './crash/check.js'

test('servers on PostgreSQL, killed at any step, deliver an order once or refund it', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  t.equal(await checkCrashes(t, postgres.url), 0, 'no order was delivered twice')
})
