import { test } from 'tap'
import { shorten } from '../../lib/sandbox/shorten.js'

test('a text is cut after a whole word, never in the middle of one', (t) => {
  t.equal(shorten('one two three', 13), 'one two three', 'as long as allowed')
  t.equal(shorten('one two three', 12), 'one two…')
  t.equal(shorten('one two three', 7), 'one two…')
  t.equal(shorten('one two three', 6), 'one…')
  t.equal(shorten('{"status":"paid","amount":1000}', 20), '{"status":"paid"…')
  t.equal(shorten('가나다라마바사', 3), '가나다…', 'a single word has no better place')
  t.end()
})
