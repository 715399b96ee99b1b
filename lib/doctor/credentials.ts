import { Agent, type Dispatcher } from 'undici'
import { PaymentNotFoundError, TimeoutError, UnauthorizedError, UnavailableError } from '../errors.js'
import { createClient } from '../iamport/client.js'
import { createClient as createPortoneClient } from '../portone/client.js'
import type { Command, Variable } from './command.js'
import { messageOf, ok, unchecked, wrong, type Check, type Finding } from './finding.js'

/** Milliseconds: one entry of the list is enough, and there may be none. */
const LISTED_MS = 1000

/** Whether V1 accepts key and secret: a token, and a lookup of a payment that does not exist. */
export function checkIamport ({ env, baseUrl, timeoutMs }: Command): Promise<Finding> {
  const { IMP_KEY: impKey = '', IMP_SECRET: impSecret = '' } = env
  return checkApi('iamport', 'Iamport (V1)', env, ['IMP_KEY', 'IMP_SECRET'], async (dispatcher) => {
    const client = createClient({ impKey, impSecret, baseUrl, dispatcher, timeoutMs, budgetMs: timeoutMs })
    try {
      await client.getPayment('imp_doctor')
    } catch (error) {
      if (!(error instanceof PaymentNotFoundError)) throw error
    }
  })
}

/** Whether V2 accepts the API secret for this store: a page of its payments. */
export async function checkPortone ({ env, portoneBaseUrl: baseUrl, timeoutMs }: Command): Promise<Finding> {
  const { PORTONE_API_SECRET: apiSecret = '', PORTONE_STORE_ID: storeId = '' } = env
  if (storeId !== '' && !storeId.startsWith('store-')) return wrong('portone', 'store_id')
  const names: Variable[] = ['PORTONE_API_SECRET', 'PORTONE_STORE_ID']
  return checkApi('portone', 'PortOne (V2)', env, names, async (dispatcher) => {
    const times = { timeoutMs, writeTimeoutMs: timeoutMs, budgetMs: timeoutMs }
    const { internals } = createPortoneClient({ apiSecret, storeId, baseUrl, dispatcher, ...times })
    const list = { from: new Date(Date.now() - LISTED_MS), size: 1 }
    await internals.list(list, new AbortController().signal).next()
  })
}

async function checkApi (
  check: Check, api: string, env: Command['env'], names: Variable[], read: (dispatcher: Dispatcher) => Promise<void>
): Promise<Finding> {
  const missing = names.find((name) => env[name] === undefined)
  if (missing !== undefined) return wrong(check, 'missing', missing)
  const blank = names.find((name) => /\s/.test(env[name] ?? ''))
  if (blank !== undefined) return wrong(check, 'blank', blank)
  const dispatcher = new Agent()
  try {
    await read(dispatcher)
    return ok(check, 'accepted', api)
  } catch (error) {
    if (error instanceof UnauthorizedError) return wrong(check, 'refused', api, names.join(', '))
    if (error instanceof UnavailableError || error instanceof TimeoutError) {
      return unchecked(check, 'outage', api, messageOf(error))
    }
    return wrong(check, 'unusable', api, messageOf(error))
  } finally {
    await dispatcher.destroy()
  }
}
