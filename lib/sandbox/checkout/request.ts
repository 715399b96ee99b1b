import { webOrigin } from '../guard.js'
import type { PaymentRequest } from '../payment.js'
import { fieldsOf, number, text, type Fields } from '../rest/fields.js'

/** What the page's script sends, beside the order itself. */
export interface WindowRequest {
  /** What the page said. */
  params: Fields
  /** A layer over the shop's page, or a page of its own that leads back to it. */
  mode: 'layer' | 'redirect'
  /** Of the shop's page, as it says itself. */
  origin: string | undefined
  userCode: string | undefined
}

/** An http(s) address, else `undefined`: `javascript:` and the like lead nowhere. */
export function webUrl (url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const { protocol, href } = new URL(url)
  return protocol === 'http:' || protocol === 'https:' ? href : undefined
}

/** Those of the addresses that are any. */
export const webUrls = (urls: unknown): string[] =>
  [urls].flat().filter((url) => webUrl(url) !== undefined).map(String)

function parse (json: string | undefined): Fields {
  try {
    return fieldsOf(JSON.parse(json ?? ''))
  } catch {
    return {}
  }
}

export function readWindowRequest (body: unknown): WindowRequest {
  const form = fieldsOf(body)
  return {
    params: parse(text(form, 'request')),
    mode: text(form, 'mode') === 'redirect' ? 'redirect' : 'layer',
    origin: webOrigin(text(form, 'origin') ?? ''),
    userCode: text(form, 'user_code'),
  }
}

/** What `IMP.request_pay` asks for. @throws SANDBOX_REFUSED the amount is no number */
export function paymentRequestOf (params: Fields): PaymentRequest {
  const notices = webUrls(params.notice_url)
  return {
    merchant_uid: text(params, 'merchant_uid') ?? '',
    amount: number(params, 'amount') ?? NaN,
    currency: text(params, 'currency')?.toUpperCase(),
    pay_method: text(params, 'pay_method'),
    name: text(params, 'name'),
    pg: text(params, 'pg'),
    buyer_name: text(params, 'buyer_name'),
    buyer_email: text(params, 'buyer_email'),
    buyer_tel: text(params, 'buyer_tel'),
    buyer_addr: text(params, 'buyer_addr'),
    buyer_postcode: text(params, 'buyer_postcode'),
    custom_data: params.custom_data,
    customer_uid: text(params, 'customer_uid'),
    notice_url: notices.length > 0 ? notices : undefined,
    confirm_url: webUrl(params.confirm_url),
    vbank_due: text(params, 'vbank_due'),
  }
}
