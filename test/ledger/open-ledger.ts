import Database from 'libsql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { mysqlLedger } from '../../lib/ledger/sql/mysql-ledger.js'
import { postgresLedger } from '../../lib/ledger/sql/postgres-ledger.js'
import { sqliteLedger, type SqliteLedgerSettings } from '../../lib/ledger/lease/sqlite-ledger.js'

/** Opens a ledger by the address of its database, with connections of its own, as each process does. */
export function openLedger (url: string, settings: SqliteLedgerSettings = {}) {
  const { leaseMs, ...rest } = settings
  if (url.startsWith('postgres:')) {
    const pool = new pg.Pool({ connectionString: url })
    pool.on('error', () => {})
    return postgresLedger(pool, rest)
  }
  if (url.startsWith('mysql:')) return mysqlLedger(mysql.createPool(url), rest)
  return sqliteLedger(new Database(url), settings)
}
