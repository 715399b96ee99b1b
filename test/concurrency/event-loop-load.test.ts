import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { createIsBusy } from '../../lib/concurrency/event-loop-load.js'

function keepBusy (ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('busy, idle, and busy again', async (t) => {
  await sleep(1) // before the event loop has begun, Node measures nothing
  const isBusy = createIsBusy()
  t.equal(isBusy(), false, 'nothing is known yet')
  keepBusy(150)
  t.equal(isBusy(), true)
  t.equal(isBusy(), true, 'the next period is not over')
  await sleep(1000)
  t.equal(isBusy(), false)
  keepBusy(2000)
  await sleep(1)
  t.equal(isBusy(), true)
})

test('each has periods of its own', async (t) => {
  keepBusy(150)
  await sleep(1)
  const isBusy = createIsBusy()
  await sleep(1000)
  t.equal(isBusy(), false)
})
