import type { FastifyInstance } from 'fastify'
import type { Dispatcher } from 'undici'
import { createOpener } from './checkout/opener.js'
import { receiptOf, type Receipt } from './checkout/receipt.js'
import type { Opening } from './checkout/routes.js'
import type { Clock } from './clock.js'
import { createControls, type Controls } from './control/controls.js'
import type { Faults } from './faults/faults.js'
import { createLifecycle } from './lifecycle.js'
import type { SandboxOptions } from './options.js'
import type { Records } from './records.js'
import { restApi } from './rest/index.js'
import type { Schedule } from './schedule.js'
import { createStore, type Store } from './store.js'
import { createTokens } from './token.js'
import { createConfirmation } from './webhooks/confirm.js'
import type { Deliveries } from './webhooks/deliveries.js'
import { createWebhooks } from './webhooks/webhooks.js'

/** Milliseconds between a webhook and its redelivery, as documented. */
const RESEND_EVERY_MS = 60_000

interface IamportParts {
  options: SandboxOptions
  records: Records
  faults: Faults
  schedule: Schedule
  deliveries: Deliveries
  dispatcher: Dispatcher
  clock: Clock
  closing: AbortSignal
  /** The sandbox's own address. */
  ownUrl: () => string
}

interface IamportSandbox {
  impKey: string
  impSecret: string
  store: Store
  controls: Controls
  rest (scope: FastifyInstance): Promise<void>
  opening: Opening
  findReceipt (impUid: string): Receipt | undefined
  revokeToken (): void
  /** Gives up what was to happen later. */
  clear (): void
}

/** The provider's V1: its REST API, its webhooks, what its page's script asks for. */
export function createIamport (parts: IamportParts): IamportSandbox {
  const { options, records, schedule, deliveries, dispatcher, clock, closing, ownUrl } = parts
  const { impKey = 'imp_key', impSecret = 'imp_secret', webhookResend, testChannel = false } = options
  const faults = parts.faults.of('v1')
  const store = createStore(records, clock)
  const tokens = createTokens(clock)
  const webhooks = createWebhooks(deliveries, {
    webhookUrl: options.webhookUrl,
    format: options.webhookFormat ?? 'json',
    resend: { times: webhookResend?.times ?? 0, everyMs: webhookResend?.everyMs ?? RESEND_EVERY_MS },
  })
  const askConfirmation = createConfirmation(store, { confirmUrl: options.confirmUrl, dispatcher, signal: closing })
  const lifecycle = createLifecycle({ store, clock, schedule, faults, webhooks, askConfirmation, testChannel, ownUrl })
  const webhooksSent = () => deliveries.idle()

  return {
    impKey,
    impSecret,
    store,
    controls: createControls(store, lifecycle, webhooks),
    rest: restApi({ account: { impKey, impSecret }, store, tokens, faults, lifecycle, clock, closing }),
    opening: {
      path: '/checkout',
      tellsRefusals: false,
      open: createOpener({ lifecycle, faults, clock, userCode: options.userCode, webhooksSent }),
    },
    findReceipt (impUid) {
      const entry = store.get(impUid)
      return entry && receiptOf(entry.payment)
    },
    revokeToken: () => tokens.revoke(),
    clear: () => lifecycle.clear(),
  }
}
