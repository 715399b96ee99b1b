// A command for cron: completes the shop's payments, of V1 and V2, that no notification reported.
//   node examples/reconcile/reconcile.js --hours 48
// Ends with 1 where some payment could not be decided, or a list not be read, so that cron sends its mail.
import { parseArgs } from 'node:util'
import { ReconcileError } from 'fastify-iamport'
import { buildShop } from '../shop/app.js'
import { openDatabase } from '../shop/database.js'
import { readSettings } from '../shop/settings.js'
import { createProgress } from './progress.js'

const { values } = parseArgs({ options: { hours: { type: 'string', default: '48' } } })
const hours = Number(values.hours)
if (!(hours > 0)) throw new Error('--hours must be a number above 0')

const db = openDatabase(process.env.SHOP_DB)
const app = await buildShop({ ...readSettings(), db, logger: { level: 'error' } })
const from = new Date(Date.now() - hours * 3600_000)

/** What was done although a list could not be read. @param {string} version @param {unknown} error */
function reportOf (version, error) {
  if (!(error instanceof ReconcileError)) throw error
  console.error(`${version}: incomplete: ${error.message}`)
  process.exitCode = 1
  return error.report
}

try {
  for (const [version, { reconcile }] of /** @type {const} */ ([['V1', app.iamport], ['V2', app.portone]])) {
    const progress = createProgress(process.stderr)
    // An outage of one API must not keep the payments of the other.
    const report = await reconcile({ from, onProgress: progress.show }).catch((error) => reportOf(version, error))
    const { errors, ...counts } = report
    progress.end()
    console.log(`${version}: ${Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', ')}`)
    for (const { imp_uid: impUid, merchant_uid: order = '?', error } of errors) {
      console.error(`${impUid}, order ${order}: ${error.message}`)
    }
    if (errors.length > 0) process.exitCode = 1
  }
} finally {
  await app.close()
  db.close()
}
