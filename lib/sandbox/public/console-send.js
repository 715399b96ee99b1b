import { byId, fill, words } from './console-dom.js'

/** Milliseconds that a message stays: enough to read its one or two lines twice. */
const STAYS_MS = 8000

const message = byId('message')
let timer
/** What had the focus before the message's button. */
let before

const isHeld = () => message.matches(':hover') || message.contains(document.activeElement)

function hide () {
  clearTimeout(timer)
  const hadFocus = message.contains(document.activeElement)
  message.hidden = true
  if (hadFocus) (before?.isConnected ? before : byId('detail')).focus({ preventScroll: true })
}

function hideLater () {
  clearTimeout(timer)
  timer = setTimeout(() => { if (!isHeld()) hide() }, STAYS_MS)
}

function say (text) {
  byId('message-text').textContent = text
  message.hidden = false
  hideLater()
}

export function listenToMessage () {
  byId('dismiss').addEventListener('click', hide)
  message.addEventListener('focusin', (event) => { before = event.relatedTarget })
  // Whoever points at it or is on its button is reading: its time starts anew afterwards.
  for (const left of ['pointerleave', 'focusout']) {
    message.addEventListener(left, () => {
      if (!message.hidden) hideLater()
    })
  }
}

/** What the sandbox answered; where it refused or is not there, a message says so. */
export async function send (method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const content = await answer.json()
    if (answer.ok) hide()
    else say(content.message)
    return answer.ok ? content : undefined
  } catch (error) {
    say(fill(words.unreachable, error.message))
  }
}
