import mysql from 'mysql2'
import pg from 'pg'

/** @param {string} url @param {number} max */
export function postgresPool (url, max) {
  const pool = new pg.Pool({ connectionString: url, max })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** @param {string} uri @param {number} connectionLimit */
export const mysqlPool = (uri, connectionLimit) => mysql.createPool({ uri, connectionLimit })
