import { test } from 'tap'
import { drizzleLedger, kyselyLedger, mikroOrmLedger, prismaLedger, sequelizeLedger } from '../../../lib/index.js'
import { adapters, fake } from './fakes.js'

const invalid = { code: 'IAMPORT_INVALID_OPTIONS' }

for (const [name, { open, make, postgres, mysql, sqlite }] of Object.entries(adapters)) {
  for (const database of [postgres, mysql, ...sqlite ? [sqlite] : []]) {
    test(`${name} on ${database}: an event is claimed, recorded and found in the ORM's transactions`, async (t) => {
      const { orm, calls } = fake(make, database)
      const ledger = open(orm as never)
      t.strictSame(await ledger.once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
      t.strictSame(await ledger.find('imp_1:paid'), { value: 'found' })
      t.equal(calls.begun.length, 2)
      const update = calls.statements.find(({ sql }) => sql.startsWith('update'))
      t.strictSame(update?.params, ['"paid"', 'imp_1:paid'])
      const placeholders = name === 'sequelize' ||
        (database === postgres && !['knex', 'mikroOrm'].includes(name))
        ? /= \$1.*= \$2/
        : /= \?.*= \?/
      t.match(update?.sql, placeholders, 'with the placeholders that the ORM knows')
    })
  }

  test(`${name}: what is another object is refused, and the message says what is expected`, async (t) => {
    for (const [other, { make, postgres }] of Object.entries(adapters)) {
      if (other === name) continue
      t.throws(() => open(fake(make, postgres).orm as never), { ...invalid, message: /expected/ }, other)
    }
    for (const nothing of [undefined, null, {}, 'postgres://', () => {}] as never[]) {
      t.throws(() => open(nothing), invalid)
    }
  })

  test(`${name}: a database without a ledger is refused, unless its dialect is given`, async (t) => {
    const { orm } = fake(make, 'oracle')
    t.throws(() => open(orm as never), { ...invalid, message: /no ledger for 'oracle'; expected one of postgres/ })
    t.doesNotThrow(() => open(orm as never, { dialect: 'postgres' }))
    t.throws(() => open(orm as never, { dialect: 'oracle' as never }), { ...invalid, message: /dialect: expected/ })
    if (!sqlite) t.throws(() => open(orm as never, { dialect: 'sqlite' }), { ...invalid, message: /dialect: expected/ })
  })

  test(`${name}: settings are checked as those of every ledger`, async (t) => {
    const { orm } = fake(make, postgres)
    for (const wrong of [{ waitMs: 0 }, { workMs: 1.5 }, { table: 'a b' }, { unknown: 1 }, { poolSize: 0 }]) {
      t.throws(() => open(orm as never, wrong), invalid, JSON.stringify(wrong))
    }
    t.match(open(orm as never, { table: 'payments' }).schema(), /"payments"/)
  })

  test(`${name}: of the ORM's pool, one connection stays free`, async (t) => {
    const measure = async (database: string, settings: object | undefined, poolSize?: number) => {
      const { orm, calls } = fake(make, database, poolSize)
      const ledger = open(orm as never, settings)
      await Promise.all(Array.from({ length: 20 }, (_, index) => ledger.once(`imp_${index}:paid`, async () => 'paid')))
      return calls.most
    }
    // Kysely hides its pool.
    const hidden = (size: number) => name === 'kysely' ? { pool: { options: { max: size } } } : undefined
    for (const database of [postgres, mysql]) {
      for (const size of [1, 2, 5]) {
        t.equal(await measure(database, hidden(size), size), Math.max(1, size - 1), `${database}: ${size}`)
      }
      t.equal(await measure(database, { poolSize: 3 }, 9), 2, 'poolSize comes first')
      const unknown = await measure(database, undefined)
      t.equal(unknown, ['prisma', 'mikroOrm'].includes(name) ? 9 : 20, 'where the pool does not say how many')
    }
    if (sqlite) t.equal(await measure(sqlite, undefined, 5), 1, 'SQLite has one writer')
  })
}

const ormOf = (name: string, database: unknown) => {
  const adapter = adapters[name]
  if (adapter === undefined) throw new Error(name)
  return fake(adapter.make, database)
}

test('an ORM that does not say what its database is, needs the dialect', async (t) => {
  const { orm } = ormOf('prisma', undefined)
  t.throws(() => prismaLedger(orm as never), { ...invalid, message: /pass `dialect`/ })
})

test('where an ORM cannot hold a transaction for a hook, the message says why', async (t) => {
  const refused: [string, string, RegExp][] = [
    ['typeorm', 'better-sqlite3', /single connection/], ['prisma', 'sqlite', /same SQLite connection/],
    ['sequelize', 'sqlite', /use sqliteLedger/], ['drizzle', 'BetterSQLite3Database', /synchronous/],
    ['drizzle', 'PostgresJsDatabase', /loses transactions.*1155/], ['drizzle', 'NeonHttpDatabase', /no transactions/],
  ]
  for (const [name, database, message] of refused) {
    const { orm } = ormOf(name, database)
    t.throws(() => adapters[name]?.open(orm as never), { ...invalid, message }, database)
    t.throws(() => adapters[name]?.open(orm as never, { dialect: 'postgres' }), { ...invalid, message })
  }
})

test('a DataSource of TypeORM that is not initialized is refused', async (t) => {
  const { orm } = ormOf('typeorm', 'postgres')
  Object.assign(orm, { isInitialized: false })
  t.throws(() => adapters.typeorm?.open(orm as never), { ...invalid, message: /initialize\(\) first/ })
})

test("Prisma's own limits are longer than the ledger's, and no longer than a timer can be", async (t) => {
  const limitsOf = async (settings: object) => {
    const { orm, calls } = ormOf('prisma', 'postgresql')
    await prismaLedger(orm as never, settings).find('imp_1:paid')
    return calls.begun[0]
  }
  t.strictSame(await limitsOf({}), { maxWait: 10_000, timeout: 100_000 })
  t.strictSame(await limitsOf({ waitMs: 100, workMs: 5000 }), { maxWait: 100, timeout: 25_200 })
  t.strictSame(await limitsOf({ workMs: 2 ** 31 - 1 }), { maxWait: 10_000, timeout: 2 ** 31 - 1 })
})

test('MikroORM begins a transaction of its own, whatever transaction the caller is in', async (t) => {
  const { orm, calls } = ormOf('mikroOrm', 'PostgreSqlDriver')
  await mikroOrmLedger(orm as never).find('imp_1:paid')
  t.strictSame(calls.begun, [{ propagation: 'requires_new' }])
})

test('Sequelize gets the transaction with each statement, and repeats none', async (t) => {
  const { orm, calls } = ormOf('sequelize', 'mysql')
  await sequelizeLedger(orm as never).once('imp_1:paid', async () => 'paid')
  for (const { options } of calls.statements) {
    t.strictSame(options, { transaction: { id: 'its transaction' }, retry: { max: 1 } })
  }
})

test('two ledgers on one ORM share its connections', async (t) => {
  const adapter = adapters.drizzle
  if (adapter === undefined) throw new Error()
  const { orm, calls } = fake(adapter.make, 'NodePgDatabase', 3)
  const ledgers = [drizzleLedger(orm as never), drizzleLedger(orm as never, { table: 'others' })]
  const keys = Array.from({ length: 20 }, (_, index) => `imp_${index}:paid`)
  await Promise.all(keys.map((key, index) => ledgers[index % 2]?.once(key, async () => 1)))
  t.equal(calls.most, 2)
})

test('the pool of Kysely has to be an object', async (t) => {
  const { orm } = ormOf('kysely', 'PostgresAdapter')
  t.throws(() => kyselyLedger(orm as never, { pool: 'postgres://' as never }), invalid)
})
