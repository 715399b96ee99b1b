import { EventEmitter } from 'node:events'
import { test } from 'tap'

/** As Bun has them, whatever is installed: what `import 'undici'` gives there. */
class Dispatcher extends EventEmitter {}
class Pool extends Dispatcher {
  request () { throw new Error('Not implemented in bun') }
}

test('a runtime that replaces undici by classes that send nothing is named at once', async (t) => {
  const { connect } = await t.mockImport<typeof import('../../lib/plugin/connect.js')>(
    '../../lib/plugin/connect.js', { undici: { Dispatcher, Pool } })
  const baseUrl = 'https://api.iamport.kr'
  t.throws(() => connect({ dispatcher: undefined, baseUrl }, 1), {
    code: 'IAMPORT_INVALID_OPTIONS', message: /undici.*Node\.js/,
  })
})
