import { randomUUID } from 'node:crypto'
import type { Ledger } from '../ledger.js'

/** What the suite needs of a ledger. Without an optional part its cases are skipped, and say so in `skip`. */
export interface LedgerParts<Tx> {
  /** Opens the ledger as one more process would, on the same records. One that lives in its process gives itself. */
  open (): Ledger<Tx> | Promise<Ledger<Tx>>
  /** Opens it so that `once` waits for `waitMs` at most, in milliseconds. */
  openImpatient? (waitMs: number): Ledger<Tx> | Promise<Ledger<Tx>>
  /**
   * Starts a process that runs `once(key, work)` with a work that never ends, and resolves when that has begun.
   * `kill`: by SIGKILL.
   */
  startHolder? (key: string): Promise<{ kill (): unknown }>
  /** Takes the key from its holder, as from a process that is frozen or cut off. */
  depose? (key: string): unknown
  /** The ledger has the optional method `find`. */
  hasFind?: boolean
}

/**
 * One requirement, as a sentence. `run` throws if it does not hold; `skip` says why it cannot be checked, or is
 * false.
 */
export interface LedgerCase { name: string, skip: string | false, run (): Promise<void> }

/** Makes a case of a requirement, skipped if the parts do not have what it needs. */
export function toCase<Tx> (
  name: string, parts: LedgerParts<Tx>, needs: keyof LedgerParts<Tx>, run: () => Promise<void>
): LedgerCase {
  return { name, skip: !parts[needs] && `there is no ${needs}`, run }
}

/** A new key. */
export const newKey = (event = 'paid') => `contract_${randomUUID()}:${event}`

/** A promise, and what settles it. */
export function createGate () {
  let open = () => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  return { opened, open }
}

/** Holds a key until `end` is called. */
export async function hold<Tx> (ledger: Ledger<Tx>, key: string) {
  const begun = createGate()
  const end = createGate()
  const held = ledger.once(key, async () => {
    begun.open()
    await end.opened
    return 'held'
  })
  await Promise.race([begun.opened, held])
  return { held, end: end.open }
}
