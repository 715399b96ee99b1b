import Libsql from 'libsql'
import { sqliteLedger } from '../../../lib/ledger/lease/sqlite-ledger.js'

export const ledger = sqliteLedger(new Libsql(':memory:'))
