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
 *   cut: () => Promise<unknown>
 *   refuseCommit?: (prefix: string) => Promise<unknown>
 *   end: () => Promise<unknown>
 * }} Database `cut` ends every connection but its own, as a restart does; `refuseCommit` makes the commit fail of whoever updates an order
 * with such an id
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
