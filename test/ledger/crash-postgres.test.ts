import { test } from 'tap'
import { openPostgres } from '../support/postgres.js'
import { checkCrashes } from './crash/check.js'

test('servers on PostgreSQL, killed at any step, deliver an order once or refund it', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  const { repeated, manual } = await checkCrashes(t, postgres.url)
  t.equal(repeated, 0, 'no order was delivered twice')
  t.equal(manual, 0, 'a rollback leaves no doubt')
})
