import { UnavailableError } from '../../../lib/errors.js'
import type { Ledger } from '../../../lib/ledger/ledger.js'

const cause = new Error('no connection to postgres://shop:geheim@db/shop')

/** A ledger of the shop's own, which cannot be read. */
export const ledger: Ledger = {
  once: async () => { throw new UnavailableError('the ledger failed', { cause }) },
}
