import { test } from 'tap'
import { mysqlLedger } from '../../../lib/index.js'
import { poolShareOf } from '../../../lib/ledger/sql/pool-share.js'

test('every wrapper of mysql2/promise around one pool shares its connections', async (t) => {
  const inner = { config: { connectionLimit: 3 } }
  const share = poolShareOf({ pool: inner }, undefined)
  t.ok(share)
  t.equal(poolShareOf({ pool: inner }, undefined), share)
  t.equal(poolShareOf(inner, undefined), share)
  t.not(poolShareOf({ pool: { config: { connectionLimit: 3 } } }, undefined), share)
})

test('a size in text, as an environment variable is, counts', async (t) => {
  t.ok(poolShareOf({ options: { max: '3' } }, undefined))
  for (const max of ['many', '', '0', undefined]) t.equal(poolShareOf({ options: { max } }, undefined), undefined)
})

test('a pool of mysql2 that takes callbacks is refused at once', async (t) => {
  const pool = { getConnection: () => {}, promise: () => {} }
  t.throws(() => Reflect.apply(mysqlLedger, undefined, [pool]), { code: 'IAMPORT_INVALID_OPTIONS', message: /mysql2\/promise/ })
})
