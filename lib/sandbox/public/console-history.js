import { arrange, element, time } from './console-dom.js'

const EVENT = {
  opened: '결제창 열림',
  approval_pending: '승인 대기',
  paid: '결제완료',
  failed: '실패',
  vbank_issued: '계좌 발급',
  deposited: '입금',
  cancelled: '취소',
  revoked: '계좌 말소',
  expired: '계좌 만료',
  webhook: '웹훅',
  confirm: '승인 확인',
}

/** Letters of an answer that are shown as they are; of a longer one so many stand for the rest until it is opened. */
const SHORT = 60

/** The shop's answer in small print; a long one is opened by pointer, finger or key. */
function answerOf (text) {
  const answer = element('code', { className: 'answer', textContent: text })
  if (text.length <= SHORT) return answer
  return element('details', {}, element('summary', { textContent: text.slice(0, SHORT) + '…' }), answer)
}

function textOf ({ text }) {
  const start = text.indexOf('{')
  if (start < 0) return element('div', { textContent: text })
  return element('div', { textContent: text.slice(0, start) }, answerOf(text.slice(start)))
}

const itemOf = (line) =>
  element(
    'li',
    {},
    element('time', { textContent: time(line.at) }),
    element('b', { textContent: EVENT[line.event] || line.event }),
    textOf(line)
  )

/** The lines of a payment, newest first. A line never changes: it is drawn once, and what was opened stays open. */
export function createHistory () {
  const list = element('ol', { className: 'history' })
  let items = new Map()

  return {
    list,
    show (history) {
      const shown = new Map()
      for (const line of history) {
        // Two webhooks at once may leave the same line twice.
        let key = JSON.stringify(line)
        while (shown.has(key)) key += '+'
        shown.set(key, items.get(key) || itemOf(line))
      }
      items = shown
      arrange(list, [...shown.values()].reverse())
    }
  }
}
