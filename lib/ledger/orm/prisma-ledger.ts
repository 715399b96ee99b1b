import { MAX_TIMER_MS } from '../../concurrency/deadline.js'
import { readPath } from '../read-path.js'
import { readTimes } from '../settings.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'

/** What is used of the client that Prisma gives to an interactive transaction. */
export interface PrismaTransaction {
  $queryRawUnsafe (sql: string, ...params: unknown[]): PromiseLike<unknown>
  $executeRawUnsafe (sql: string, ...params: unknown[]): PromiseLike<unknown>
}

/** What is used of a `PrismaClient`. */
export interface PrismaClient<Tx extends PrismaTransaction> {
  $transaction (run: (tx: Tx) => Promise<void>, options: { maxWait: number, timeout: number }): Promise<void>
}

/**
 * Milliseconds beside the ledger's own limits, after which Prisma would end the transaction. The ledger's come first:
 * it allows the database 2 s more than `waitMs` twice, before and after the hook. What `migrate` tries takes 20 s at
 * most.
 */
const SPARE_MS = 20_000

/** Connections in a pool that does not say how many: the default of `pg` and `mariadb`, kept by Prisma's adapters. */
const DEFAULT_POOL_SIZE = 10

const ONE_CONNECTION = 'Prisma runs what others query while a transaction is open on the same SQLite connection, as ' +
  'part of that transaction: use sqliteLedger'

/**
 * A ledger on Prisma 7, with PostgreSQL, MySQL or MariaDB: the hook's `tx` is the client of an interactive transaction.
 * Its `timeout` and `maxWait` follow from `workMs` and `waitMs`.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function prismaLedger<Tx extends PrismaTransaction> (
  prisma: PrismaClient<Tx>, settings: OrmLedgerSettings = {}
): StoredLedger<Tx> {
  const name = 'prisma'
  assertOrm(name, prisma, 'a PrismaClient', ['$transaction'], ['$queryRawUnsafe'], ['$executeRawUnsafe'])
  const { dialect: _dialect, poolSize: _poolSize, table: _table, ...times } = settings
  const { waitMs, workMs } = readTimes(times)
  const options = { maxWait: waitMs, timeout: Math.min(2 * waitMs + workMs + SPARE_MS, MAX_TIMER_MS) }

  /** Prisma's `query` is for statements with rows, and its `execute` for those without. */
  async function query (tx: Tx, sql: string, params: (string | null)[]): Promise<unknown> {
    if (hasRows(sql)) return tx.$queryRawUnsafe(sql, ...params)
    await tx.$executeRawUnsafe(sql, ...params)
    return []
  }

  const adapter = readPath(prisma, '_engineConfig', 'adapter')
  return createOrmLedger<Tx>({
    name,
    database: readPath(prisma, '_activeProvider'),
    dialects: { postgresql: 'postgres', postgres: 'postgres', mysql: 'mysql' },
    refused: { sqlite: ONE_CONNECTION },
    pool: readPath(adapter, 'externalPool') ?? prisma,
    poolSize: readPath(adapter, 'config', 'max') ?? DEFAULT_POOL_SIZE,
    transaction: (run) => prisma.$transaction(run, options),
    createQuery: () => query,
  }, settings)
}

const hasRows = (sql: string) => /^(select|with)\b|\breturning\b/.test(sql)
