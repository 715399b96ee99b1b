import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import type { Faults } from './faults/faults.js'
import { post } from './post.js'
import type { Entry, Store } from './store.js'

/** Milliseconds for a first try. Documented: 10 s to connect, 30 s to read. */
const FIRST_TIMEOUT_MS = 40_000
/** Milliseconds for a resent one. Documented: 15 s in all. */
const RESEND_TIMEOUT_MS = 15_000

export interface WebhookOptions {
  /** Where webhooks go that have no `notice_url` of their own. */
  webhookUrl: string | undefined
  format: 'json' | 'form'
  /** `times` 0 to 5, `everyMs` apart. Only after a network error or a 5xx. */
  resend: { times: number, everyMs: number }
  dispatcher: Dispatcher
}

export interface Webhooks {
  /** Tells the merchant's server what became of the payment, in the background. */
  announce (entry: Entry, cancellationId?: string): void
  /** The last one again; twice at once if wanted. */
  repeat (entry: Entry, copies?: number): void
  /** Resolves when none is under way or waiting for its time. */
  idle (): Promise<void>
  close (): Promise<void>
  settings: WebhookOptions
}

type News = Record<string, string | number>

export function createWebhooks (store: Store, faults: Faults, settings: WebhookOptions): Webhooks {
  const running = new Set<Promise<void>>()
  /** Held back until the next one of the same payment has been sent. */
  const held = new WeakMap<Entry, () => Promise<void>>()
  const last = new WeakMap<Entry, News>()
  const closing = new AbortController()
  // Every webhook that waits listens; Node warns from the eleventh on.
  setMaxListeners(0, closing.signal)

  function track (work: Promise<void>) {
    const tracked = work.catch(() => {}).finally(() => running.delete(tracked))
    running.add(tracked)
  }

  async function deliver (entry: Entry, url: string, news: News): Promise<void> {
    const { format, resend, dispatcher } = settings
    for (let attempt = 0; ; attempt++) {
      const timeoutMs = attempt === 0 ? FIRST_TIMEOUT_MS : RESEND_TIMEOUT_MS
      const { status, text } = await post(url, news, { format, timeoutMs, dispatcher, signal: closing.signal })
      if (closing.signal.aborted) return
      store.record(
        entry,
        'webhook',
        `${news.status} → ${url} · ${attempt === 0 ? '' : `재발송 ${attempt} · `}${status === 0 ? '응답 없음' : status} ${text}`
      )
      const isWorthRepeating = status === 0 || status >= 500
      if (!isWorthRepeating || attempt >= resend.times) return
      await pause(resend.everyMs, undefined, { signal: closing.signal })
    }
  }

  const targets = ({ request }: Entry): string[] => {
    const own = [request.notice_url ?? []].flat()
    return own.length > 0 ? own : settings.webhookUrl === undefined ? [] : [settings.webhookUrl]
  }

  function hasNoTarget (entry: Entry): boolean {
    const isNowhere = targets(entry).length === 0
    if (isNowhere) store.record(entry, 'webhook', '받을 주소(notice_url, webhookUrl)가 없어 보내지 않음')
    return isNowhere
  }

  async function deliverAll (entry: Entry, news: News, copies: number): Promise<void> {
    const urls = targets(entry)
    await Promise.all(Array.from({ length: copies }, () => urls.map((url) => deliver(entry, url, news))).flat())
  }

  async function send (entry: Entry, news: News): Promise<void> {
    const late = faults.strike('late_webhook')
    const copies = faults.strike('duplicate_webhook') ? 2 : 1
    if (late) await pause(late.ms, undefined, { signal: closing.signal })
    await deliverAll(entry, news, copies)
    const waiting = held.get(entry)
    held.delete(entry)
    if (waiting) await waiting()
  }

  return {
    settings,
    announce (entry, cancellationId) {
      if (hasNoTarget(entry)) return
      const { imp_uid, merchant_uid, status } = entry.payment
      const news: News = {
        imp_uid,
        merchant_uid,
        status,
        ...(cancellationId !== undefined && { cancellation_id: cancellationId }),
      }
      last.set(entry, news)
      if (faults.strike('lost_webhook')) {
        store.record(entry, 'webhook', `${status} · 유실됨 (장애 설정)`)
      } else if (!held.has(entry) && faults.strike('reordered_webhook')) {
        held.set(entry, () => deliverAll(entry, news, 1))
        store.record(entry, 'webhook', `${status} · 다음 웹훅 뒤로 보류 (장애 설정)`)
      } else {
        track(send(entry, news))
      }
    },
    repeat (entry, copies = 1) {
      if (hasNoTarget(entry)) return
      const { imp_uid, merchant_uid, status } = entry.payment
      track(deliverAll(entry, last.get(entry) ?? { imp_uid, merchant_uid, status }, copies))
    },
    async idle () {
      while (running.size > 0) await Promise.all(running)
    },
    async close () {
      closing.abort()
      await Promise.all(running)
    },
  }
}
