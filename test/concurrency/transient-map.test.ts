import { test } from 'tap'
import { createTransientMap } from '../../lib/concurrency/transient-map.js'

test('an entry is there until it is deleted, however many others have come and gone', async (t) => {
  const map = createTransientMap<string, number>()
  map.set('kept', 1)
  for (let index = 0; index < 5000; index++) {
    map.set(`other ${index}`, index)
    if (map.get('kept') !== 1) return t.fail(`lost after ${index} others`)
    map.delete(`other ${index}`)
  }
  t.notOk(map.has('other 4999'))
  map.set('kept', 2)
  t.equal(map.get('kept'), 2)
  t.ok(map.delete('kept'))
  t.notOk(map.has('kept'))
})
