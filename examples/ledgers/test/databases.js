// What the suite needs of each kind of database beside its clients.
import mysql from 'mysql2/promise'
import pg from 'pg'

const ORDERS = (text) => `create table if not exists orders (
  id ${text} primary key, amount integer not null, status ${text} not null default 'waiting', imp_uid ${text}, deliveries integer not null default 0
)`

/**
 * @typedef {{
 *   url: string
 *   read: (sql: string) => Promise<any[]>
 *   cut?: () => Promise<unknown>
 *   refuseCommit?: (prefix: string) => Promise<unknown>
 *   endAtUpdate?: (prefix: string) => Promise<unknown>
 *   end: () => Promise<unknown>
 * }} Database `cut` ends every connection but its own, as a restart does; `refuseCommit` makes the commit fail of whoever updates an order
 * with such an id; `endAtUpdate` ends the connection in the middle of it
 */

/** @param {string} url @returns {Promise<Database>} */
export async function openPostgres (url) {
  const admin = new pg.Pool({ connectionString: url, max: 1 })
  await admin.query(ORDERS('text'))
  return {
    url,
    read: async (sql) => (await admin.query(sql)).rows,
    cut: () => admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'),
    refuseCommit: (prefix) => admin.query(`
      create or replace function refuse () returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
      drop trigger if exists refuse on orders;
      create constraint trigger refuse after update on orders deferrable initially deferred
        for each row when (new.id like '${prefix}%') execute function refuse()`),
    endAtUpdate: (prefix) => admin.query(`
      create or replace function end_connection () returns trigger language plpgsql as $$
        begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
      drop trigger if exists end_connection on orders;
      create trigger end_connection before update on orders
        for each row when (new.id like '${prefix}%') execute function end_connection()`),
    end: () => admin.end(),
  }
}

/** @param {string} url @returns {Promise<Database>} */
export async function openMysql (url) {
  const admin = mysql.createPool({ uri: url, connectionLimit: 1 })
  await admin.query(ORDERS('varchar(100)'))
  const read = async (sql) => (await admin.query(sql))[0]
  return {
    url,
    read,
    async cut () {
      for (const { id } of await read('select id from information_schema.processlist where db = database() and id <> connection_id()')) {
        await admin.query(`kill ${id}`).catch(() => {}) // it has ended meanwhile
      }
    },
    end: () => admin.end(),
  }
}

/** @param {string} file @returns {Promise<Database>} */
export async function openSqlite (file) {
  const { Database } = await import('./clients/node-sqlite.js')
  const admin = new Database(file)
  admin.exec('pragma journal_mode = wal')
  admin.exec(ORDERS('text'))
  return {
    url: file,
    async read (sql) {
      const statement = admin.prepare(sql)
      return sql.startsWith('select') ? statement.all() : [statement.run()]
    },
    async end () {
      admin.close()
    },
  }
}
