import type { FastifyInstance } from 'fastify'
import type { Entry, Store } from '../store.js'
import { answer, refuse } from './envelope.js'
import { fieldsOf, isTrue, list, text } from './fields.js'
import { sendPage } from './pages.js'
import { isStatus, sorterOf } from './sorting.js'

/** Payments asked for at once, at most, as documented. */
const MAX_AT_ONCE = 100
const UNKNOWN = '존재하지 않는 결제정보입니다.'

/** One payment, several, those of an order. */
export function mountLookups (scope: FastifyInstance, store: Store): void {
  const show = (entry: Entry) => {
    store.countLookup(entry)
    return entry.payment
  }

  scope.get<{ Params: { impUid: string } }>('/payments/:impUid', async (request, reply) => {
    const entry = store.get(request.params.impUid)
    // Since 26 January 2026 this endpoint, and only this one, hides test payments from who does not ask for them.
    if (!entry || (entry.payment.sandbox && !isTrue(fieldsOf(request.query), 'include_sandbox'))) {
      return refuse(reply, 404, UNKNOWN)
    }
    return answer(show(entry))
  })

  scope.get('/payments', async (request, reply) => {
    const query = fieldsOf(request.query)
    const ids = list(query, 'imp_uid')
    const orders = list(query, 'merchant_uid')
    const asked = ids.length + orders.length
    if (asked === 0 || asked > MAX_AT_ONCE) {
      return refuse(reply, 400, `imp_uid[] 또는 merchant_uid[]를 1건 이상 ${MAX_AT_ONCE}건 이하로 입력해주세요.`)
    }
    const entries = [...ids.map((id) => store.get(id)), ...orders.map((order) => store.ofOrder(order).at(-1))]
    const found = new Set(entries.filter((entry) => entry !== undefined))
    if (found.size === 0) return refuse(reply, 404, UNKNOWN)
    return reply.code(entries.includes(undefined) ? 207 : 200).send(answer([...found].map(show)))
  })

  const attempts = (
    { merchantUid, status = '' }: { merchantUid: string, status?: string },
    sorting: string | undefined
  ) => {
    const sorter = sorterOf(sorting)
    // A JavaScript client that was given no status writes `undefined` into the path.
    const isAny = status === '' || status === 'all' || status === 'undefined'
    if (!sorter || !(isAny || isStatus(status))) return undefined
    return sorter(store.ofOrder(merchantUid).filter(({ payment }) => isAny || payment.status === status))
  }

  scope.get<{ Params: { merchantUid: string, status?: string } }>(
    '/payments/find/:merchantUid/:status?',
    async (request, reply) => {
      const found = attempts(request.params, text(fieldsOf(request.query), 'sorting'))
      // Unlike the list below, this is documented to know no 400.
      const [newest] = found ?? []
      return newest ? answer(show(newest)) : refuse(reply, 404, UNKNOWN)
    }
  )

  scope.get<{ Params: { merchantUid: string, status?: string } }>(
    '/payments/findAll/:merchantUid/:status?',
    async (request, reply) => {
      const found = attempts(request.params, text(fieldsOf(request.query), 'sorting'))
      if (!found) return refuse(reply, 400, '조회 조건이 올바르지 않습니다.')
      if (found.length === 0) return refuse(reply, 404, UNKNOWN)
      return sendPage(reply, fieldsOf(request.query), found)
    }
  )
}
