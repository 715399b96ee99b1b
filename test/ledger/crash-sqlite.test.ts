import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { checkCrashes } from './crash/check.js'

test('two servers on one SQLite file, killed at every step: every order is paid, and crashes in a hook repeat it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-crash-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const repeated = await checkCrashes(t, join(directory, 'shop.sqlite'))
  t.comment(`at least once: ${repeated} orders were paid more than once`)
})
