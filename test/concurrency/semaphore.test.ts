import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { createSemaphore } from '../../lib/concurrency/semaphore.js'

const late = () => new Error('late')
const never = () => monotonic() + 60_000

test('so many at a time, and the next ones in the order of their calls', async (t) => {
  const { acquire } = createSemaphore(2)
  const order: string[] = []
  const [first, second] = [await acquire(never(), late), await acquire(never(), late)]
  const third = acquire(never(), late).then((release) => { order.push('third'); return release })
  const fourth = acquire(never(), late).then((release) => { order.push('fourth'); return release })
  await new Promise(setImmediate)
  t.strictSame(order, [])
  second()
  const releaseThird = await third
  t.strictSame(order, ['third'])
  first()
  releaseThird()
  const releaseFourth = await fourth
  releaseFourth()
  await Promise.all([acquire(never(), late), acquire(never(), late)])
  await t.rejects(acquire(monotonic() + 1, late), { message: 'late' }, 'there are two again, not more')
})

test('a permit that is given back twice is one permit', async (t) => {
  const { acquire } = createSemaphore(1)
  const release = await acquire(never(), late)
  release()
  release()
  await acquire(never(), late)
  await t.rejects(acquire(monotonic() + 1, late), { message: 'late' })
})

test('who waits too long leaves the queue, and keeps nobody else', async (t) => {
  const { acquire } = createSemaphore(1)
  const release = await acquire(never(), late)
  const impatient = acquire(monotonic() + 5, late)
  const patient = acquire(never(), late)
  await t.rejects(impatient, { message: 'late' })
  release()
  t.type(await patient, 'function')
})
