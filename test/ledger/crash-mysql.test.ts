import { test } from 'tap'
import { mysqlUrl, skipMysql } from '../support/mysql.js'
import { checkCrashes } from './crash/check.js'

const skip = skipMysql()

test('servers on MySQL or MariaDB, killed at any step, deliver an order once or refund it', { skip }, async (t) => {
  const { repeated, manual } = await checkCrashes(t, mysqlUrl)
  t.equal(repeated, 0, 'no order was delivered twice')
  t.equal(manual, 0, 'a rollback leaves no doubt')
})
