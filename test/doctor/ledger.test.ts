import { test } from 'tap'
import { first, ledgerFile, run } from './support.js'

test('a ledger that can be used is well, be it exported by name, by a function, or of the shop\'s own', async (t) => {
  for (const name of ['with-table', 'own']) {
    t.strictSame(await first(['--ledger', ledgerFile(name)]), [0, 'ok     the ledger can be read, and does what it has to'])
  }
})

for (const [name, line] of Object.entries({
  'without-table': /^WRONG {2}the ledger has no table: run ledger\.migrate\(\)/,
  'wrong-glue': /^WRONG {2}the ledger: .*an object with rows: take these/,
  unreachable: /^WRONG {2}the ledger cannot be used.*no connection to postgres:\/\/\*\*\*@db/,
  'no-ledger': /^WRONG {2}\S+no-ledger\.ts exports no ledger/,
  broken: /^WRONG {2}\S+broken\.ts cannot be loaded: DATABASE_URL is not set/,
  'not-there': /^WRONG {2}\S+not-there\.ts cannot be loaded/,
})) {
  test(`a ledger ${name.replace('-', ' ')} ends with 1, and says what to do`, async (t) => {
    const { code, out } = await run(['--ledger', ledgerFile(name)])
    t.equal(code, 1)
    t.match(out, line)
    t.notMatch(out, 'geheim')
  })
}
