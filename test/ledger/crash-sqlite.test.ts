import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { checkCrashes } from './crash/check.js'

test('servers on one SQLite file, killed at any step, deliver, refund, or leave it to a person', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-crash-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const { repeated, manual } = await checkCrashes(t, join(directory, 'shop.sqlite'))
  t.comment(`${repeated} orders were delivered more than once, ${manual} payments are left for a manual refund`)
})
