import { test } from 'tap'
import { mysqlLedger } from '../../../lib/index.js'
import { poolShareOf } from '../../../lib/ledger/sql/pool-share.js'

test('wrappers of mysql2/promise around one pool have one share, those of another pool another', async (t) => {
  const inner = { config: { connectionLimit: 3 } }
  const share = poolShareOf({ pool: inner }, undefined)
  t.ok(share)
  t.equal(poolShareOf({ pool: inner }, undefined), share)
  t.equal(poolShareOf(inner, undefined), share)
  t.not(poolShareOf({ pool: { config: { connectionLimit: 3 } } }, undefined), share)
})

test('the size of a pool may be text with a number, as from an environment variable', async (t) => {
  t.ok(poolShareOf({ options: { max: '3' } }, undefined))
  for (const max of ['many', '', '0', undefined]) t.equal(poolShareOf({ options: { max } }, undefined), undefined)
})

test('mysqlLedger refuses a pool of mysql2 that takes callbacks', async (t) => {
  const pool = { getConnection: () => {}, promise: () => {} }
  const invalid = { code: 'IAMPORT_INVALID_OPTIONS', message: /mysql2\/promise/ }
  t.throws(() => Reflect.apply(mysqlLedger, undefined, [pool]), invalid)
})
