// A command for cron: completes the shop's payments of which no news arrived.
//   node examples/reconcile/reconcile.js --hours 48
// Ends with 1 where some payment could not be decided, so that cron sends its mail.
import { parseArgs } from 'node:util'
import { buildShop } from '../shop/app.js'
import { openDatabase } from '../shop/database.js'
import { createProgress } from './progress.js'

const { values } = parseArgs({ options: { hours: { type: 'string', default: '48' } } })
const hours = Number(values.hours)
if (!(hours > 0)) throw new Error('--hours must be a number above 0')

const { IMP_URL = 'http://127.0.0.1:4010', IMP_KEY, IMP_SECRET, SHOP_DB } = process.env
const db = openDatabase(SHOP_DB)
const app = await buildShop({ db, iamportUrl: IMP_URL, impKey: IMP_KEY, impSecret: IMP_SECRET, logger: { level: 'error' } })
const progress = createProgress(process.stderr)

try {
  const { errors, ...counts } = await app.iamport.reconcile({ from: new Date(Date.now() - hours * 3600_000), onProgress: progress.show })
  progress.end()
  console.log(Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', '))
  for (const { imp_uid: impUid, error } of errors) console.error(`${impUid}: ${error.message}`)
  if (errors.length > 0) process.exitCode = 1
} finally {
  await app.close()
  db.close()
}
