/* What the provider's scripts of both generations do alike in the sandbox: the checkout window over the page. */

const MARK = 'fastify-iamport-sandbox'

/** A tablet too: what the provider counts as mobile. */
export const isPhone = () => /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent)

/**
 * What the sandbox answers to a request for a window. A form would not do: under `Referrer-Policy: no-referrer`, which
 * helmet sets, it says `Origin: null`, and the sandbox opens no window for a page that it does not know.
 */
export async function openWindow (server, path, fields) {
  const init = { method: 'POST', headers: { accept: 'application/json' }, body: new URLSearchParams(fields) }
  const answer = await fetch(server + path, init).catch(() => {
    throw new Error('샌드박스(' + server + ')가 결제창을 열어 주지 않았습니다. 샌드박스가 실행 중인지,' +
      ' 이 페이지의 호스트가 허용되어 있는지(--allow-host), CSP의 connect-src에 샌드박스가 있는지 확인해 주세요.')
  })
  const content = await answer.json()
  if (!answer.ok) throw new Error(content.message)
  return content
}

/** A window over the page. `onMessage` gets what it says at its end. */
function openLayer (server, onMessage) {
  const cover = document.createElement('div')
  const frame = document.createElement('iframe')
  const focused = document.activeElement
  const overflow = document.body.style.overflow
  const isSmall = window.innerWidth < 520
  cover.setAttribute('role', 'dialog')
  cover.setAttribute('aria-modal', 'true')
  cover.setAttribute('aria-label', '결제창')
  Object.assign(cover.style, {
    position: 'fixed',
    inset: '0',
    zIndex: '2147483647',
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    background: 'rgba(15, 23, 42, .55)',
  })
  Object.assign(frame.style, {
    border: '0',
    background: '#fff',
    width: isSmall ? '100%' : '440px',
    height: isSmall ? '100%' : 'min(760px, 94vh)',
    borderRadius: isSmall ? '0' : '16px',
    boxShadow: '0 24px 64px rgba(15, 23, 42, .35)',
  })
  frame.title = '결제창'
  // The page beneath is out of reach, for the keyboard and a screen reader too.
  const beneath = [...document.body.children].filter((child) => !child.inert)
  for (const child of beneath) child.inert = true
  cover.append(frame)
  document.body.append(cover)
  document.body.style.overflow = 'hidden'
  frame.addEventListener('load', () => frame.focus())

  function close () {
    window.removeEventListener('message', listen)
    cover.remove()
    for (const child of beneath) child.inert = false
    document.body.style.overflow = overflow
    if (focused && focused.focus) focused.focus()
  }
  function listen (event) {
    if (event.origin !== server || event.source !== frame.contentWindow || !event.data || event.data.mark !== MARK) {
      return
    }
    close()
    onMessage(event.data)
  }
  window.addEventListener('message', listen)
  return { close, show (address) { frame.src = address } }
}

/** As soon as there is a body to lay it over: a script in the head may ask before. Returns what gives it up. */
export function openLayerSoon (server, onMessage, onOpen) {
  let opened
  let isGivenUp = false
  const open = () => {
    if (isGivenUp) return
    opened = openLayer(server, onMessage)
    onOpen(opened)
  }
  if (document.body) open()
  else document.addEventListener('DOMContentLoaded', open, { once: true })
  return () => {
    isGivenUp = true
    if (opened) opened.close()
  }
}
