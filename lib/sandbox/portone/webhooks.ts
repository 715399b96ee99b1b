import { randomUUID } from 'node:crypto'
import { secondsOf, type Clock } from '../clock.js'
import type { Faults } from '../faults/faults.js'
import type { Deliveries, Message } from '../webhooks/deliveries.js'
import { shorten } from '../shorten.js'
import { encode } from '../webhooks/post.js'
import type { SentWebhook, V2Entry } from './entry.js'
import { ApiRefusal } from './errors.js'
import { signedHeaders } from './signature.js'
import { timeOf } from './wire.js'

/** Milliseconds for a try. Documented: 30 s to connect, 30 s to read. */
const TIMEOUT_MS = 60_000
/**
 * Milliseconds until each redelivery, at most: the provider shortens each at random.
 * Source: its blog, 2024-02, v2-webhook.
 */
const REDELIVERY_MS = [1, 4, 16, 64, 256].map((minutes) => minutes * 60_000)
/** Webhooks that a payment's list keeps. */
const MAX_LISTED = 10
/** Characters of an answer that are kept: it may be a whole page. */
const MAX_ANSWER = 300
/** How often the same webhook is sent again by hand. Documented is only that there is a limit. */
const MAX_MANUAL_RESENDS = 10

export type WebhookVersion = '2024-04-25' | '2024-01-01'

export interface V2WebhookOptions {
  storeId: string
  secrets: readonly string[]
  /** Where webhooks go that have no `noticeUrls` of their own. */
  webhookUrl: string | undefined
  version: WebhookVersion
  format: 'json' | 'form'
  /** Redeliveries: how many, and how far apart where that is not as documented. */
  times: number
  everyMs: number | undefined
}

/** What a webhook is about, in the words of both versions. */
export type Kind = 'Ready' | 'Paid' | 'VirtualAccountIssued' | 'PartialCancelled' | 'Cancelled' | 'Failed' |
  'PayPending' | 'CancelPending'
export interface KindDetails { cancellationId?: string, trigger?: SentWebhook['trigger'] }

/** The webhooks of V2. */
export interface V2Webhooks {
  announce (entry: V2Entry, kind: Kind, details?: KindDetails): void
  /** The last one again, `copies` at once. */
  repeat (entry: V2Entry, copies?: number): void
  /** As the REST API does: resolves when it is answered. @throws ApiRefusal */
  resend (entry: V2Entry, webhookId: string | undefined): Promise<SentWebhook>
  /** The signature of anything that is sent to the merchant. */
  sign (text: string, id?: string): Record<string, string>
}

export interface V2WebhookParts {
  deliveries: Deliveries
  faults: Faults
  clock: Clock
  /** 0 to 1. */
  random: () => number
}

export function createV2Webhooks (
  { deliveries, faults, clock, random }: V2WebhookParts, options: V2WebhookOptions
): V2Webhooks {
  const { storeId, secrets, webhookUrl, version, format, times, everyMs } = options
  const messages = new WeakMap<SentWebhook, Message>()
  const strikes = faults.of('v2')

  const sign = (text: string, id: string = randomUUID()) => signedHeaders(secrets, {
    id, text, timestampSec: secondsOf(clock()), isWrong: strikes.strike('wrong_signature') !== undefined,
  })

  function bodyOf ({ payment: { paymentId, transactionId } }: V2Entry, kind: Kind, cancellationId?: string) {
    if (version === '2024-01-01') return { payment_id: paymentId, tx_id: transactionId, status: kind }
    return {
      type: `Transaction.${kind}`,
      timestamp: timeOf(clock()),
      data: { storeId, paymentId, transactionId, ...(cancellationId !== undefined && { cancellationId }) },
    }
  }

  function messageOf (entry: V2Entry, kind: Kind, listed: readonly SentWebhook[], details: KindDetails): Message {
    const content = encode(bodyOf(entry, kind, details.cancellationId), format)
    const [{ id } = { id: randomUUID() }] = listed
    return {
      label: kind,
      content,
      sign: () => sign(content.text, id),
      timeoutMs: () => TIMEOUT_MS,
      redelivery: {
        // Any answer that is not OK, a 4xx too.
        isFailure: (status) => status < 200 || status >= 300,
        delayMs: (number) =>
          number > times ? undefined : everyMs ?? Math.round((REDELIVERY_MS[number - 1] ?? 0) * random()),
        usualMs: everyMs ?? REDELIVERY_MS[0] ?? 0,
        isAwaited: everyMs !== undefined,
      },
      onAnswer (url, headers, { status, text }) {
        const sent = listed.find((one) => one.url === url)
        if (!sent) return
        sent.executions++
        sent.request = { header: JSON.stringify(headers), body: content.text, requestedAt: clock() }
        const response = { code: status, body: shorten(text, MAX_ANSWER), respondedAt: clock() }
        sent.response = status === 0 ? undefined : response
      },
    }
  }

  function list (entry: V2Entry, urls: readonly string[], { trigger }: KindDetails): SentWebhook[] {
    const id = randomUUID()
    const listed = urls.map((url): SentWebhook => ({
      id,
      url,
      trigger,
      paymentStatus: entry.payment.status,
      isAsync: true,
      triggeredAt: clock(),
      executions: 0,
      manualResends: 0,
    }))
    entry.webhooks = [...entry.webhooks, ...listed].slice(-MAX_LISTED)
    return listed
  }

  const urlsOf = ({ noticeUrls }: V2Entry) => noticeUrls.length > 0 ? noticeUrls : [webhookUrl ?? []].flat()

  function again (entry: V2Entry, sent: SentWebhook | undefined, copies?: number) {
    const message = sent && messages.get(sent)
    if (!sent || !message) return Promise.resolve()
    // By hand it is sent once.
    const redelivery = { ...message.redelivery, isFailure: () => false }
    return deliveries.repeat(entry, [sent.url], { ...message, redelivery }, copies)
  }

  return {
    announce (entry, kind, details = {}) {
      const urls = urlsOf(entry)
      const listed = list(entry, urls, details)
      const message = messageOf(entry, kind, listed, details)
      for (const sent of listed) messages.set(sent, message)
      deliveries.send(entry, urls, message)
    },
    repeat: (entry, copies) => { again(entry, entry.webhooks.at(-1), copies) },
    async resend (entry, webhookId) {
      const sent = entry.webhooks.findLast(({ id }) => webhookId === undefined || id === webhookId)
      if (!sent) throw new ApiRefusal('WEBHOOK_NOT_FOUND', '웹훅 내역이 존재하지 않습니다.')
      if (sent.manualResends >= MAX_MANUAL_RESENDS) {
        throw new ApiRefusal('MAX_WEBHOOK_RETRY_COUNT_REACHED', '웹훅 재발송 횟수를 초과했습니다.')
      }
      sent.manualResends++
      sent.trigger = 'MANUAL'
      await again(entry, sent)
      return sent
    },
    sign,
  }
}
