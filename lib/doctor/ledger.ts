import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { monotonic } from '../concurrency/deadline.js'
import { codeOf } from '../errors.js'
import { CHECK_KEY } from '../ledger/check-ledger.js'
import { isTableMissing } from '../ledger/database-error.js'
import type { Ledger } from '../ledger/ledger.js'
import { readBefore } from '../ledger/read-before.js'
import { messageOf, ok, wrong, type Finding } from './finding.js'

/** Checks the ledger that a module exports: a ledger, or a function that makes one. */
export async function checkLedger (file: string, timeoutMs: number): Promise<Finding> {
  let exported: unknown
  try {
    exported = await ledgerOf(await import(pathToFileURL(resolve(file)).href))
  } catch (error) {
    return wrong('ledger', 'ledger_module', file, messageOf(error))
  }
  if (!isLedger(exported)) return wrong('ledger', 'ledger_none', file)
  try {
    if (exported.check === undefined) await readBefore(exported, CHECK_KEY, monotonic() + timeoutMs)
    else await exported.check()
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

const isLedger = (value: unknown): value is Ledger<unknown> & { check?: () => Promise<void> } =>
  typeof value === 'object' && value !== null && 'once' in value && typeof value.once === 'function'
