import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { checkCrashes } from './crash/check.js'

test('servers on one SQLite file, killed at any step, deliver an order or refund it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-crash-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const repeated = await checkCrashes(t, join(directory, 'shop.sqlite'))
  t.comment(`at least once: ${repeated} orders were delivered more than once`)
})
