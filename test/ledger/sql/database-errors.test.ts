import { test } from 'tap'
import { hasCode } from '../../../lib/ledger/database-error.js'

const LOCK_WAIT = ['1205', '55P03']
const mysql2 = () => Object.assign(new Error('Lock wait timeout exceeded; try restarting transaction'), {
  code: 'ER_LOCK_WAIT_TIMEOUT', errno: 1205, sqlState: 'HY000', sql: 'insert',
})
const pg = () => Object.assign(new Error('canceling statement due to lock timeout'), {
  length: 104, severity: 'ERROR', code: '55P03', detail: undefined, routine: 'ProcessInterrupts',
})
const named = (name: string, message: string, rest: object) => Object.assign(new Error(message), { name, ...rest })
/** Of `@prisma/driver-adapter-utils`, as `@prisma/adapter-pg` and `@prisma/adapter-mariadb` make it. */
const ofAdapter = (cause: object) => named('DriverAdapterError', 'lock', { cause })
const p2010 = (meta: object) =>
  named('PrismaClientKnownRequestError', 'Raw query failed.', { code: 'P2010', clientVersion: '7.9.0', meta })
const sequelize = (errors: object) =>
  named('SequelizeDatabaseError', 'lock', { sql: 'insert', parameters: {}, ...errors })

test('the code of a lock wait is found in the errors of every client', (t) => {
  const ofPg = { originalCode: '55P03', originalMessage: 'lock', kind: 'postgres', code: '55P03', severity: 'ERROR' }
  const ofMariadb = { originalCode: '1205', originalMessage: 'lock', kind: 'mysql', code: 1205, state: 'HY000' }
  const errors = {
    pg: pg(),
    'mysql2, Knex': mysql2(),
    Drizzle: named('DrizzleQueryError', 'Failed query: insert', { query: 'insert', params: [], cause: mysql2() }),
    'Sequelize 6': sequelize({ parent: mysql2(), original: mysql2() }),
    'Sequelize 6, original alone': sequelize({ original: pg() }),
    TypeORM: named('QueryFailedError', 'lock', { query: 'insert', parameters: [], driverError: pg() }),
    MikroORM: named('DriverException', 'lock', { previous: undefined, cause: pg() }),
    'Prisma 6': p2010({ code: '55P03', message: 'lock' }),
    'Prisma 7 on pg': p2010({ driverAdapterError: ofAdapter(ofPg) }),
    'Prisma 7 on mariadb': p2010({ driverAdapterError: ofAdapter(ofMariadb) }),
    'an adapter alone': ofAdapter({ originalCode: '55P03' }),
    'several addresses or queries': new AggregateError([new Error('other'), pg()]),
  }
  for (const [client, error] of Object.entries(errors)) {
    t.ok(hasCode(error, LOCK_WAIT), client)
    t.ok(hasCode(new Error('transaction failed', { cause: error }), LOCK_WAIT), `${client}, wrapped`)
    t.notOk(hasCode(error, ['1213', '40001', '40P01']), `${client}: another code`)
  }
  // Of a deadlock, an adapter keeps nothing but this.
  const conflict = { originalCode: '40P01', originalMessage: 'deadlock', kind: 'TransactionWriteConflict' }
  t.ok(hasCode(p2010({ driverAdapterError: ofAdapter(conflict) }), ['40P01']), 'a deadlock')
  t.end()
})

test('a code is found in errors that refer to each other and in deep ones, and none in what is no error', (t) => {
  const [one, other]: Record<string, unknown>[] = [{ code: 'X' }, {}]
  Object.assign(one ?? {}, { cause: other, parent: one, meta: { driverAdapterError: one }, errors: [one, other] })
  Object.assign(other ?? {}, { cause: one, original: [one] })
  const withoutCode = [one, other, undefined, null, '55P03', 55, () => {}, {}, []]
  for (const value of withoutCode) t.notOk(hasCode(value, LOCK_WAIT))
  Object.assign(other ?? {}, { originalCode: '55P03' })
  t.ok(hasCode(one, LOCK_WAIT))
  let deep: object = pg()
  for (let depth = 0; depth < 20; depth++) deep = { cause: deep }
  t.ok(hasCode(deep, LOCK_WAIT), 'twenty causes deep')
  t.end()
})
