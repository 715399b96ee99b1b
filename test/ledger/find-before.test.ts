import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { canFind, findBefore } from '../../lib/ledger/find-before.js'

const soon = () => monotonic() + 10_000

test('a ledger that gives null for what is not recorded has recorded nothing', async (t) => {
  const found: { value: unknown } | undefined = JSON.parse('null')
  t.equal(await findBefore({ find: async () => found }, 'imp_1:paid', soon()), undefined)
  t.strictSame(await findBefore({ find: async () => ({ value: null }) }, 'imp_1:paid', soon()), { value: null })
})

test('an error that is not ours is IAMPORT_UNAVAILABLE', async (t) => {
  const find = () => Promise.reject(new Error('connection lost'))
  await t.rejects(findBefore({ find }, 'imp_1:paid', soon()), { code: 'IAMPORT_UNAVAILABLE' })
})

test('a ledger can be read if it has the method', (t) => {
  t.ok(canFind({ find: async () => undefined }))
  t.notOk(canFind({}))
  t.end()
})
