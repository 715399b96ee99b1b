// The shop's orders and the ledger, in one database: PostgreSQL, MySQL or SQLite by its address.
// Each loads its driver alone, because the servers of this test start often.
import { mysqlLedger, postgresLedger, sqliteLedger } from 'fastify-iamport'

/**
 * @typedef {object} ShopDatabase
 * @property {import('fastify-iamport').StoredLedger<any>} ledger
 * @property {(tx: any, order: string) => Promise<unknown>} pay counts that an order was paid
 * @property {() => Promise<unknown>} create makes the tables
 * @property {() => Promise<{ id: string, paid: number }[]>} read the orders
 * @property {() => unknown} close
 */

/** @returns {Promise<ShopDatabase>} @param {string} url */
export async function openDatabase (url) {
  if (url.startsWith('postgres:')) return openPostgresShop(url)
  return url.startsWith('mysql:') ? openMysqlShop(url) : openSqliteShop(url)
}

/** @returns {Promise<ShopDatabase>} @param {string} connectionString */
async function openPostgresShop (connectionString) {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString })
  pool.on('error', () => {})
  const ledger = postgresLedger(pool)
  return {
    ledger,
    pay: (tx, order) => tx.query(
      'insert into orders values ($1, 1) on conflict (id) do update set paid = orders.paid + 1', [order]),
    async create () {
      await ledger.migrate()
      await pool.query('create table orders (id text primary key, paid int not null)')
    },
    read: async () => (await pool.query('select id, paid from orders')).rows,
    close: () => pool.end(),
  }
}

/** @returns {Promise<ShopDatabase>} @param {string} url */
async function openMysqlShop (url) {
  const { default: mysql } = await import('mysql2/promise')
  const pool = mysql.createPool(url)
  const ledger = mysqlLedger(pool, { table: 'crash_ledger' })
  return {
    ledger,
    pay: (tx, order) => tx.execute(
      'insert into crash_orders values (?, 1) on duplicate key update paid = paid + 1', [order]),
    async create () {
      await pool.query('drop table if exists crash_ledger, crash_orders')
      await ledger.migrate()
      await pool.query('create table crash_orders (id varchar(64) primary key, paid int not null) engine = InnoDB')
    },
    async read () {
      const [rows] = await pool.query('select id, paid from crash_orders')
      return /** @type {any} */ (rows)
    },
    close: () => pool.end(),
  }
}

/** @returns {Promise<ShopDatabase>} @param {string} file */
async function openSqliteShop (file) {
  const { default: Libsql } = await import('libsql')
  const db = new Libsql(file)
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 2000')
  const ledger = sqliteLedger(db, { leaseMs: 1000 })
  return {
    ledger,
    pay: async (_tx, order) => db.prepare(
      'insert into orders values (?, 1) on conflict (id) do update set paid = paid + 1').run(order),
    async create () {
      await ledger.migrate()
      db.exec('create table orders (id text primary key, paid int not null)')
    },
    read: async () => /** @type {any} */ (db.prepare('select id, paid from orders').all()),
    close: () => db.close(),
  }
}
