import { test } from 'tap'
import { createTurnQueue } from '../../lib/concurrency/turn-queue.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('so much of it in each turn, in the order of the calls, and nothing at once', async (t) => {
  const enqueue = createTurnQueue(() => 2)
  const ran: number[] = []
  for (const work of [1, 2, 3, 4, 5]) enqueue(() => { ran.push(work) })
  for (const expected of [[], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]) {
    t.strictSame(ran, expected)
    await turn()
  }
})

test('work that adds work runs it in a later turn', async (t) => {
  const enqueue = createTurnQueue(() => 2)
  const ran: string[] = []
  enqueue(() => {
    ran.push('first')
    for (const name of ['second', 'third', 'fourth']) enqueue(() => { ran.push(name) })
  })
  for (const expected of [[], ['first'], ['first', 'second', 'third'], ['first', 'second', 'third', 'fourth']]) {
    t.strictSame(ran, expected)
    await turn()
  }
})

test('a queue that was empty goes on', async (t) => {
  const enqueue = createTurnQueue(() => 1)
  let ran = 0
  for (let i = 1; i < 4; i++) {
    enqueue(() => { ran++ })
    await turn()
    t.equal(ran, i)
  }
})

test('how much is asked anew in each turn, with what waits', async (t) => {
  const asked: number[] = []
  const enqueue = createTurnQueue((waiting) => asked.push(waiting))
  let ran = 0
  for (let i = 0; i < 6; i++) enqueue(() => { ran++ })
  for (const expected of [0, 1, 3, 6]) {
    t.equal(ran, expected)
    await turn()
  }
  t.strictSame(asked, [6, 5, 3])
})
