import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { monotonic, within } from '../concurrency/deadline.js'
import { codeOf } from '../errors.js'
import { CHECK_KEY } from '../ledger/check-ledger.js'
import { isTableMissing } from '../ledger/database-error.js'
import type { Ledger } from '../ledger/ledger.js'
import { readBefore } from '../ledger/read-before.js'
import { messageOf, ok, wrong, type Finding } from './finding.js'

/** The module has exported nothing in time. */
class LateError extends Error {}

/**
 * Checks the ledger that a module exports: a ledger, or a function that makes one. What a module or a ledger of the
 * shop's own waits for may never come: Node would end the process with 0 where nothing else keeps it.
 */
export async function checkLedger (file: string, timeoutMs: number): Promise<Finding> {
  const soon = <T>(work: T | Promise<T>) =>
    within(Promise.resolve(work), monotonic() + timeoutMs, () => new LateError(`no answer within ${timeoutMs} ms`))
  let exported: unknown
  try {
    exported = await soon(import(pathToFileURL(resolve(file)).href).then(ledgerOf))
  } catch (error) {
    if (error instanceof LateError) return wrong('ledger', 'ledger_late', file, String(timeoutMs))
    return wrong('ledger', 'ledger_module', file, messageOf(error))
  }
  if (!isLedger(exported)) return wrong('ledger', 'ledger_none', file)
  try {
    if (exported.check === undefined) await readBefore(exported, CHECK_KEY, monotonic() + timeoutMs)
    else await soon(exported.check()) // of a ledger in JavaScript, it need not be a promise
    return ok('ledger', 'ledger_ok')
  } catch (error) {
    if (codeOf(error) === 'IAMPORT_INVALID_OPTIONS') return wrong('ledger', 'ledger_glue', messageOf(error))
    if (isTableMissing(error)) return wrong('ledger', 'ledger_table')
    return wrong('ledger', 'ledger_failed', messageOf(error))
  }
}

interface LedgerModule { ledger?: unknown, default?: unknown }

async function ledgerOf ({ ledger, default: byDefault }: LedgerModule): Promise<unknown> {
  const exported = ledger ?? byDefault
  return typeof exported === 'function' ? await exported() : exported
}

const isLedger = (value: unknown): value is Ledger<unknown> & { check?: () => void | Promise<void> } =>
  typeof value === 'object' && value !== null && 'once' in value && typeof value.once === 'function'
