import type { Test } from 'tap'
import type { StoredLedger } from '../../lib/index.js'
import type { Proxy } from '../support/proxy.js'

/**
 * Reads twice at once on connections that die without a word. Afterwards new ones work; what was sent on the old ones
 * is never answered.
 */
export async function findsNothingOnDeadConnections<Tx> (t: Test, proxy: Proxy, ledger: StoredLedger<Tx>, key: string) {
  proxy.freeze()
  await Promise.all([1, 2].map(() => t.rejects(ledger.find(key), { code: 'IAMPORT_UNAVAILABLE' })))
  proxy.thaw()
}
