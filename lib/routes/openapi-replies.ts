import { Completion } from '../completion/reply.js'

/*
 * The replies of the buyer's routes as @fastify/swagger shows them. The replies themselves are written from no schema.
 */

const STATUSES = ['paid', 'vbank_issued', 'failed', 'cancelled', 'ignored'] satisfies Completion['status'][]

const FIELDS: Record<keyof Completion, string> = {
  success: 'True for `paid` and `vbank_issued` only',
  status: '`cancelled`: in full; a partly cancelled payment is `paid`. `ignored`: a billing key was issued',
  imp_uid: 'The payment, as the provider names it; with PortOne V2 the `transactionId`',
  merchant_uid: 'The order; with PortOne V2 the `paymentId`',
  amount: 'In the major unit of the currency: won, dollars',
  currency: 'ISO 4217',
  pay_method: '`card`, `vbank`, `trans` and so on',
  message: 'For the buyer',
  replayed: 'The hook had run before',
  reason: 'Of `failed` and `cancelled`',
  refunded: 'Of `failed`: false after a mismatch means that a manual refund is needed',
  refund_pending: 'Of `failed`, PortOne V2 only: a refund was accepted, and is carried out later',
  vbank: 'Of `vbank_issued`: where to pay, and until when (`due`, UNIX seconds)',
  cancel_amount: 'The sum of all cancellations',
  detail: 'Of `failed`: the words of the provider',
  data: 'What the hook of the shop returned, where the shop exposes it',
}

const DECIDED = {
  imp_uid: 'imp_123456789012', merchant_uid: 'order_1', amount: 14000, currency: 'KRW', pay_method: 'card',
}
const EXAMPLES: Completion[] = [
  { success: true, status: 'paid', ...DECIDED, message: '결제가 완료되었습니다.', replayed: false, cancel_amount: 0 },
  {
    success: false,
    status: 'failed',
    ...DECIDED,
    amount: 100,
    message: '결제 금액이 주문 금액과 다릅니다.',
    replayed: false,
    reason: 'amount_mismatch',
    refunded: true,
    cancel_amount: 0,
  },
]

const describeField = ([name, schema]: [string, object]): [string, object] => {
  const shown = name === 'status' ? { type: 'string', enum: STATUSES } : schema
  return [name, { ...shown, description: Reflect.get(FIELDS, name) }]
}

const decided: object = {
  ...Completion,
  description: 'Decided. A payment that has failed is a decision too',
  properties: Object.fromEntries(Object.entries(Completion.properties).map(describeField)),
  examples: EXAMPLES,
}

/** A later try may succeed. */
const retryAfter = { 'retry-after': { type: 'string', description: 'Seconds until a retry makes sense' } }

function error (statusCode: number, name: string, codes: Record<string, string>, headers?: object) {
  const [code, message] = Object.entries(codes)[0] ?? []
  return {
    type: 'object',
    description: Object.entries(codes).map(([code, meaning]) => `\`${code}\`: ${meaning}`).join('. '),
    properties: {
      statusCode: { type: 'integer', enum: [statusCode] },
      code: { type: 'string', enum: Object.keys(codes) },
      error: { type: 'string' },
      message: { type: 'string' },
    },
    required: ['statusCode', 'code', 'error', 'message'],
    examples: [{ statusCode, code, error: name, message }],
    ...(headers && { headers }),
  }
}

/** What a completion is replied with, by status. Docs: docs/replies.md, "Errors". */
export const completeReplies = {
  200: decided,
  400: error(400, 'Bad Request', { FST_ERR_VALIDATION: 'a field is missing or malformed' }),
  404: error(404, 'Not Found', { IAMPORT_PAYMENT_NOT_FOUND: 'the provider knows no such payment' }),
  409: error(409, 'Conflict', { IAMPORT_ORDER_MISMATCH: 'the payment belongs to another order; no hook ran' }),
  413: error(413, 'Payload Too Large', { FST_ERR_CTP_BODY_TOO_LARGE: 'the body is too large' }),
  415: error(415, 'Unsupported Media Type', { FST_ERR_CTP_INVALID_MEDIA_TYPE: 'neither JSON nor a form' }),
  500: error(500, 'Internal Server Error', { IAMPORT_HOOK_FAILED: 'a hook of the shop failed; nothing is recorded' }),
  502: error(502, 'Bad Gateway', {
    IAMPORT_BAD_GATEWAY: 'the provider gave an unusable answer',
    IAMPORT_UNAUTHORIZED: 'the provider refused the key or the secret',
  }),
  503: error(503, 'Service Unavailable', {
    IAMPORT_UNAVAILABLE: 'the provider or the database of the ledger is not reachable',
    IAMPORT_BUSY: 'the payment is being processed elsewhere, or a cancellation of it is under way',
  }, retryAfter),
  504: error(504, 'Gateway Timeout', { IAMPORT_TIMEOUT: 'the provider did not answer in time' }, retryAfter),
}

const page = (description: string, headers?: object) =>
  ({ description, content: { 'text/html': { schema: { type: 'string' } } }, ...(headers && { headers }) })

/** What a redirect is replied with: its target, or without one a page with the status of the JSON answer. */
export const redirectReplies = {
  302: {
    type: 'null',
    description: 'To the target of the outcome',
    headers: {
      location: {
        type: 'string',
        description: 'The target, with `imp_uid`, `merchant_uid`, `status` and `reason` in its query',
      },
    },
  },
  200: page('Without a target: a page says how it went'),
  400: page('Without a target, if the query names no payment: the page says so'),
  404: page('Without a target, if the provider knows no such payment: the page says so'),
  409: page('Without a target, if the payment belongs to another order: the page says so'),
  500: page('Without a target, if a hook of the shop failed: the page tells the buyer not to pay again'),
  502: page('Without a target, if the provider gave an unusable answer: likewise'),
  503: page('Without a target, if the provider is not reachable: likewise', retryAfter),
  504: page('Without a target, if the provider did not answer in time: likewise', retryAfter),
}
