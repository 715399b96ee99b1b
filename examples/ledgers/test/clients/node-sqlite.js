// `node:sqlite` of Node 24 with the interface of better-sqlite3, which is compiled at installation.
import { DatabaseSync } from 'node:sqlite'

export class Database {
  /** @param {string} file */
  constructor (file) {
    // A driver that waits for a lock blocks the event loop, and with it a hook of this process that holds the lock.
    this.db = new DatabaseSync(file, { timeout: 0 })
  }

  exec (sql) {
    this.db.exec(sql)
  }

  prepare (sql) {
    const statement = this.db.prepare(sql)
    return {
      reader: statement.columns().length > 0,
      all: (params = []) => statement.all(...params),
      run: (params = []) => statement.run(...params),
    }
  }

  defaultSafeIntegers () {}

  close () {
    this.db.close()
  }
}
