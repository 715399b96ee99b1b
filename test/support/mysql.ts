/** The database of the tests with MySQL or MariaDB, or empty. */
export const mysqlUrl = process.env.TEST_MYSQL_URL ?? ''

/** Why the tests with it are left out; a failure where they must run. */
export function skipMysql (): string | false {
  if (mysqlUrl !== '') return false
  if (process.env.CI) throw new Error('TEST_MYSQL_URL is not set: scripts/with-mariadb.sh sets it')
  return 'TEST_MYSQL_URL is not set'
}
