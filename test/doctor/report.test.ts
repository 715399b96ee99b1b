import { test } from 'tap'
import { readCommand } from '../../lib/doctor/command.js'
import { wrong } from '../../lib/doctor/finding.js'
import { writeReport } from '../../lib/doctor/report.js'

function reportOf (env: NodeJS.ProcessEnv, text: string) {
  const command = readCommand(['--lang', 'en', '--webhook', 'http://127.0.0.1'], env)
  return writeReport(command, [wrong('ledger', 'ledger_failed', text)])
}

test('no secret is printed, be it a part of another one', async (t) => {
  const env = { IMP_KEY: 'geheim', IMP_SECRET: 'geheim-and-more', PORTONE_WEBHOOK_SECRET: 'whsec_one,whsec_one_two' }
  t.match(reportOf(env, 'called with geheim, geheim-and-more, whsec_one_two and whsec_one'),
    /called with \*\*\*, \*\*\*, \*\*\* and \*\*\*\n/)
})

test('no password of an address is printed, whatever characters it has', async (t) => {
  for (const password of ['geheim', 'ge@heim', 'ge/heim', 'ge:heim', '@/@']) {
    t.match(reportOf({}, `no connection to postgres://shop:${password}@db:5432/shop, sorry`),
      /no connection to postgres:\/\/\*\*\*@db:5432\/shop, sorry\n/, password)
  }
  t.match(reportOf({}, 'no connection to https://db.example/shop'), /no connection to https:\/\/db\.example\/shop\n/)
})
