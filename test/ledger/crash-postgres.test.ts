import { test } from 'tap'
import { openPostgres } from '../support/postgres.js'
import { checkCrashes } from './crash/check.js'

test('two servers on one PostgreSQL, killed at every step: every order is paid exactly once', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  t.equal(await checkCrashes(t, postgres.url), 0, 'none was paid twice')
})
