import type { FastifyInstance, FastifyReply } from 'fastify'
import { secondsOf, type Clock } from '../clock.js'
import type { Entry, Store } from '../store.js'
import { answer, refuse } from './envelope.js'
import { fieldsOf, integer, text, type Fields } from './fields.js'
import { sorterOf, TIMES } from './sorting.js'

/** Payments a page, as documented. */
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1000
/** Seconds: the widest window, as documented. */
const MAX_WINDOW_SEC = 90 * 24 * 60 * 60

/** One page of a list. A page beyond the last is refused, as documented. */
export function sendPage (reply: FastifyReply, query: Fields, entries: readonly Entry[]) {
  const limit = integer(query, 'limit', { min: 1, max: MAX_LIMIT, otherwise: DEFAULT_LIMIT })
  const page = integer(query, 'page', { min: 1, otherwise: 1 })
  if (limit === undefined || page === undefined) return refuse(reply, 400, `page와 limit(1~${MAX_LIMIT})을 확인해주세요.`)
  const total = entries.length
  const pages = Math.max(1, Math.ceil(total / limit))
  if (page > pages) return refuse(reply, 400, '데이터 범위를 넘어선 page입니다.')
  const list = entries.slice((page - 1) * limit, page * limit).map(({ payment }) => payment)
  return reply.send(answer({ total, previous: page - 1, next: page < pages ? page + 1 : 0, list }))
}

/** Lists by status and time. */
export function mountPages (scope: FastifyInstance, store: Store, clock: Clock): void {
  scope.get<{ Params: { status: string } }>('/payments/status/:status', async (request, reply) => {
    const { status } = request.params
    const query = fieldsOf(request.query)
    const sorter = sorterOf(text(query, 'sorting'))
    const timeOf = TIMES.get(status)
    const to = integer(query, 'to', { otherwise: secondsOf(clock()) })
    const from = integer(query, 'from', { otherwise: Math.max(0, (to ?? 0) - MAX_WINDOW_SEC) })
    if (!timeOf || !sorter) return refuse(reply, 400, '조회 조건이 올바르지 않습니다.')
    if (from === undefined || to === undefined || from > to) {
      return refuse(reply, 400, 'from과 to는 UNIX timestamp(초)이며 from이 to보다 클 수 없습니다.')
    }
    if (to - from > MAX_WINDOW_SEC) return refuse(reply, 400, '검색기간은 최대 90일입니다.')
    const found: Entry[] = []
    for (const entry of store.all()) {
      const { payment } = entry
      const time = timeOf(payment)
      if ((status === 'all' || payment.status === status) && time >= from && time <= to) found.push(entry)
    }
    return sendPage(reply, query, sorter(found))
  })
}
