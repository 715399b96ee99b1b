export const METHOD = { card: '카드', trans: '계좌이체', vbank: '가상계좌', phone: '휴대폰' }
const STATUS = { ready: '대기', paid: '결제완료', cancelled: '취소', failed: '실패' }

export const byId = (id) => document.getElementById(id)

/** An element; text never becomes markup. */
export function element (tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter((child) => child !== undefined))
  return made
}

export const money = ({ amount, currency }) => currency === 'KRW' ? amount.toLocaleString('ko-KR') + '원' : amount + ' ' + currency
/** `18:02:46`, in the time of this machine. */
export const time = (ms) => new Date(ms).toTimeString().slice(0, 8)

export function badge (payment) {
  const isPart = payment.status === 'cancelled' && payment.cancel_amount < payment.amount
  const text = isPart && payment.cancel_amount > 0 ? '부분취소' : payment.status === 'ready' && payment.vbank_num ? '입금대기' : STATUS[payment.status]
  return element('span', { className: 'badge ' + payment.status, textContent: text })
}
