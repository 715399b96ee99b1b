import { test } from 'tap'
import { mysqlUrl, skipMysql } from '../support/mysql.js'
import { checkCrashes } from './crash/check.js'

test('two servers on one MySQL or MariaDB, killed at every step: every order is paid exactly once', { skip: skipMysql() }, async (t) => {
  t.equal(await checkCrashes(t, mysqlUrl), 0, 'none was paid twice')
})
