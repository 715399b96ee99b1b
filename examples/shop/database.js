import { fileURLToPath } from 'node:url'
import Database from 'libsql'

/** The shop's database, for the server and for the commands beside it at the same time. @param {string} [file] */
export function openDatabase (file = fileURLToPath(new URL('shop.sqlite', import.meta.url))) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL') // readers do not wait for the writer
  db.pragma('busy_timeout = 1000') // and one writer waits for the other: milliseconds
  return db
}
