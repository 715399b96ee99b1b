import Libsql from 'libsql'
import { sqliteLedger } from '../../../lib/ledger/lease/sqlite-ledger.js'

export default async function openLedger () {
  const ledger = sqliteLedger(new Libsql(':memory:'))
  await ledger.migrate()
  return ledger
}
