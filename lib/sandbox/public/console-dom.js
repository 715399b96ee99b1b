const METHODS = new Map([['card', '카드'], ['trans', '계좌이체'], ['vbank', '가상계좌'], ['phone', '휴대폰']])
const STATUS = { ready: '대기', paid: '결제완료', cancelled: '취소', failed: '실패' }

/** The page may name a method of its own. */
export const methodOf = (payment) => METHODS.get(payment.pay_method) || payment.pay_method

export const byId = (id) => document.getElementById(id)

/** An element; text never becomes markup. */
export function element (tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** Makes these the children, in this order. Children that stay are not touched, so that they keep focus and scrolling. */
export function arrange (parent, wanted) {
  const staying = new Set(wanted)
  for (const child of [...parent.children]) if (!staying.has(child)) child.remove()
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] || null)
  })
}

/**
 * Changes a part of the page. Where that takes the focused element away, the neighbour gets the focus: who works by
 * keyboard is not sent back to the top.
 */
export function keepFocus (part, change, neighbour) {
  const hadFocus = part.contains(document.activeElement)
  change()
  if (hadFocus && !part.contains(document.activeElement)) neighbour()?.focus({ preventScroll: true })
}

/** Does the work of a button, one click at a time. It is not `disabled` meanwhile: that would take the focus from it. */
export async function whileBusy (button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  try {
    await work()
  } finally {
    button.removeAttribute('aria-disabled')
  }
}

export const money = ({ amount, currency }) =>
  currency === 'KRW' ? amount.toLocaleString('ko-KR') + '원' : amount + ' ' + currency
/** `18:02:46`, in the time of this machine. */
export const time = (ms) => new Date(ms).toTimeString().slice(0, 8)

export function badge (payment) {
  const isPart = payment.status === 'cancelled' && payment.cancel_amount < payment.amount
  const text =
    isPart && payment.cancel_amount > 0
      ? '부분취소'
      : payment.status === 'ready' && payment.vbank_num
        ? '입금대기'
        : STATUS[payment.status]
  return element('span', { className: 'badge ' + payment.status, textContent: text })
}
