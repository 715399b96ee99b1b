import Libsql from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { sqliteLedger } from '../../../lib/ledger/lease/sqlite-ledger.js'
import type { SqliteDatabase } from '../../../lib/ledger/lease/sqlite-table.js'
import { startChild } from '../../support/child.js'
import { testContract } from '../test-contract.js'

/** Milliseconds: long enough for a loaded machine, short enough to wait for. */
const LEASE_MS = 1000

type Database = SqliteDatabase & { close (): unknown }

/** Node's own, from 22.13. */
const nodeSqlite = process.getBuiltinModule('node:sqlite')
const DatabaseSync: (new (file: string) => Database) | undefined = nodeSqlite && Reflect.get(nodeSqlite, 'DatabaseSync')

interface Driver { name: string, open: ((file: string) => Database) | undefined }
const drivers: Driver[] = [
  { name: 'libsql', open: (file) => new Libsql(file) },
  { name: 'node:sqlite', open: DatabaseSync && ((file) => new DatabaseSync(file)) },
]

for (const { name, open } of drivers) {
  const skip = open === undefined && `this Node.js has no ${name}`
  test(`the ledger on ${name} fulfils the contract of ledgers`, { skip }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-sqlite-'))
    const file = join(directory, 'ledger.sqlite')
    const opened: { close (): unknown }[] = []
    t.teardown(() => {
      for (const db of opened) db.close()
      rmSync(directory, { recursive: true })
    })
    const connect = () => {
      const db = open?.(file)
      if (db === undefined) throw new Error('unreachable')
      opened.push(db)
      return db
    }
    const admin = connect()
    admin.exec('pragma journal_mode = wal')
    await sqliteLedger(admin).migrate()

    testContract(t, {
      open: () => sqliteLedger(connect(), { waitMs: 60_000, leaseMs: LEASE_MS }),
      openImpatient: (waitMs) => sqliteLedger(connect(), { waitMs }),
      hasFind: true,
      async startHolder (key) {
        const settings = JSON.stringify({ leaseMs: LEASE_MS })
        const child = startChild(new URL('../holder.ts', import.meta.url), [file, key, settings])
        await child.message()
        return child
      },
      // Under another name, the holder can neither renew its lease nor record.
      depose: (key) => admin.prepare(
        "update fastify_iamport_ledger set holder = 'frozen', lease_ms = 1 where event_key = ?").run(key),
    })
  })
}
