/** The address of a database for the tests with MySQL or MariaDB; empty if there is none. */
export const mysqlUrl = process.env.TEST_MYSQL_URL ?? ''

/** @returns why the tests with it are skipped, or `false`. @throws if there is no database under `CI=true` */
export function skipMysql (): string | false {
  if (mysqlUrl !== '') return false
  if (process.env.CI) throw new Error('TEST_MYSQL_URL is not set: scripts/with-mariadb.sh sets it')
  return 'TEST_MYSQL_URL is not set'
}
