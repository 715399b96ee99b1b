import { setImmediate } from 'node:timers/promises'
import {
  drizzleLedger, knexLedger, kyselyLedger, mikroOrmLedger, prismaLedger, sequelizeLedger, typeormLedger,
  type OrmLedgerSettings, type StoredLedger,
} from '../../../lib/index.js'

/** What an adapter did to a fake ORM. */
export interface Calls {
  /** Every statement, with what else the ORM was given. */
  statements: { sql: string, params: unknown, options?: unknown }[]
  /** What each transaction was begun with, beside its callback. */
  begun: unknown[]
  /** The most transactions that were open at once. */
  most: number
}

type Answer = (sql: string, params: unknown, options?: unknown) => Record<string, unknown>[]
type Begin = <Tx>(tx: Tx, run: (tx: Tx) => Promise<void>, options?: unknown) => Promise<void>

/** A fake ORM: what its adapter takes, for a database as the ORM calls it. Without `poolSize` its pool has no size. */
export type MakeOrm = (answer: Answer, begin: Begin, database: unknown, poolSize?: number) => object

/** What the database answers; enough for an event that is claimed, recorded, and found. */
function answerTo (sql: string): Record<string, unknown>[] {
  if (/^insert/.test(sql)) return [{ claimed: '', waited: false }]
  if (/^update/.test(sql)) return [{ recorded: 1 }]
  if (/ for update$/.test(sql)) return [{ result: null, done: 0 }]
  if (/get_lock/.test(sql)) return [{ locked: 1 }]
  if (/^select result/.test(sql)) return [{ result: '"found"', done: 0 }]
  return /^select/.test(sql) ? [{ recorded: 1 }] : []
}

/** A fake ORM, and what is done to it. */
export function fake (make: MakeOrm, database: unknown, poolSize?: number) {
  const calls: Calls = { statements: [], begun: [], most: 0 }
  let open = 0
  const answer: Answer = (sql, params, options) => {
    calls.statements.push({ sql, params, ...options !== undefined && { options } })
    return answerTo(sql)
  }
  const begin: Begin = async (tx, run, options) => {
    calls.begun.push(options)
    calls.most = Math.max(calls.most, ++open)
    await setImmediate()
    await run(tx).finally(() => { open-- })
  }
  return { orm: make(answer, begin, database, poolSize), calls }
}

class Named {}
/** An object of a class of that name. */
function named (name: string, kind?: symbol) {
  const constructor = class extends Named {}
  Object.defineProperty(constructor, 'name', { value: name })
  if (kind) Object.defineProperty(constructor, kind, { value: name })
  return new constructor()
}

const typeorm: MakeOrm = (answer, begin, type, max) => {
  const query = async (sql: string, params: unknown) => {
    const rows = answer(sql, params)
    return /^(update|delete)/.test(sql) ? [rows, rows.length] : rows
  }
  return {
    isInitialized: true,
    options: { type },
    driver: max === undefined ? {} : { [type === 'postgres' ? 'master' : 'pool']: { options: { max } } },
    manager: { query },
    createQueryRunner () {},
    transaction: (run: never) => begin({ query }, run),
  }
}

const prisma: MakeOrm = (answer, begin, database, max) => {
  const tx = {
    $queryRawUnsafe: async (sql: string, ...params: unknown[]) => answer(sql, params),
    $executeRawUnsafe: async (sql: string, ...params: unknown[]) => answer(sql, params).length,
  }
  return {
    ...tx,
    _activeProvider: database,
    _engineConfig: { adapter: max === undefined ? {} : { config: { max } } },
    $transaction: (run: never, options: unknown) => begin(tx, run, options),
  }
}

const knex: MakeOrm = (answer, begin, dialect, max) => {
  const raw = async (sql: string, params: unknown) => {
    const rows = answer(sql, params)
    if (dialect === 'postgresql') return { rows }
    return dialect === 'mysql' ? [/^select/.test(sql) ? rows : { affectedRows: 1 }, undefined] : rows
  }
  const client = { dialect, acquireConnection () {}, pool: max === undefined ? {} : { max } }
  return Object.assign(() => {}, { raw, client, transaction: (run: never) => begin({ raw }, run) })
}

const drizzle: MakeOrm = (answer, begin, database, max) => {
  const execute = async (query: { getSQL (): { toQuery (): { sql: string, params: unknown } } }) => {
    const { sql, params } = query.getSQL().toQuery()
    const rows = answer(sql, params)
    return database === 'MySql2Database' ? [rows, []] : { rows }
  }
  return Object.assign(named(String(database), Symbol.for('drizzle:entityKind')), {
    $client: max === undefined ? {} : { options: { max } },
    transaction: (run: never) => begin({ execute }, run),
  })
}

const kysely: MakeOrm = (answer, begin, database) => {
  const executeQuery = async ({ sql, parameters }: { sql: string, parameters: unknown }) =>
    ({ rows: answer(sql, parameters) })
  const tx = { withoutPlugins: () => ({ executeQuery }) }
  return {
    withoutPlugins () {},
    getExecutor: () => ({ adapter: named(String(database)) }),
    transaction: () => ({ execute: (run: never) => begin(tx, run) }),
  }
}

const sequelize: MakeOrm = (answer, begin, database, max) => ({
  connectionManager: { pool: {}, config: max === undefined ? {} : { pool: { max } } },
  getDialect: () => database,
  transaction: (run: never) => begin({ id: 'its transaction' }, run),
  query: async (sql: string, { bind, ...options }: { bind?: unknown }) => [answer(sql, bind, options), {}],
})

const mikroOrm: MakeOrm = (answer, begin, database, max) => {
  const execute = async (sql: string, params: unknown) => answer(sql, params)
  const em = {
    execute,
    getDriver: () => named(String(database)),
    fork: () => ({ ...em, transactional: (run: never, options: unknown) => begin({ execute }, run, options) }),
    transactional () {},
  }
  return { em, config: { get: () => max === undefined ? {} : { max } } }
}

/** An adapter: its fake, and what the ORM calls its databases. */
export interface Adapter {
  open (orm: never, settings?: OrmLedgerSettings): StoredLedger<unknown>
  make: MakeOrm
  postgres: string
  mysql: string
  sqlite?: string
}

export const adapters: Record<string, Adapter> = {
  typeorm: { open: typeormLedger, make: typeorm, postgres: 'postgres', mysql: 'mariadb' },
  prisma: { open: prismaLedger, make: prisma, postgres: 'postgresql', mysql: 'mysql' },
  knex: { open: knexLedger, make: knex, postgres: 'postgresql', mysql: 'mysql', sqlite: 'sqlite3' },
  drizzle: { open: drizzleLedger, make: drizzle, postgres: 'NodePgDatabase', mysql: 'MySql2Database' },
  kysely: {
    open: kyselyLedger, make: kysely, postgres: 'PostgresAdapter', mysql: 'MysqlAdapter', sqlite: 'SqliteAdapter',
  },
  sequelize: { open: sequelizeLedger, make: sequelize, postgres: 'postgres', mysql: 'mysql' },
  mikroOrm: { open: mikroOrmLedger, make: mikroOrm, postgres: 'PostgreSqlDriver', mysql: 'MariaDbDriver' },
}
