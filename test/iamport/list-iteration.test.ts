import fc from 'fast-check'
import { test } from 'tap'
import { BadGatewayError, TimeoutError } from '../../lib/index.js'
import { Refusal } from '../../lib/errors.js'
import { iterateList, type Page } from '../../lib/iamport/iterate-list.js'

/** A list as the provider keeps it: what has left it moves all later entries up. */
interface Scene {
  /** How much of a page each payment takes; a page that takes more than `capacity` is too much. */
  weights: number[]
  capacity: number
  limit: number
  /** Readings that come too slowly, where the page has more than one payment. */
  slow: number[]
  /** At which reading which of the payments leave the list, by their place in it. */
  leaving: { reading: number, at: number }[]
}

const when = new Date('2026-01-01T00:00:00Z')

/** How the provider answers a page after the last one. */
const beyondEnd = () => new BadGatewayError('HTTP 400', { cause: new Refusal(400, -1, '데이터 범위를 넘어선 page') })

/** Walks the list of a scene. @returns what was given, what stayed in the list to the end, and how it ended */
async function walk ({ weights, capacity, limit, slow, leaving }: Scene) {
  let entries = weights.map((weight, index) => ({ id: `imp_${index}`, weight }))
  const given: string[] = []
  let readings = 0

  async function readPage (path: string, size: number): Promise<Page | Error> {
    const { searchParams } = new URL(path, 'http://upstream')
    const page = Number(searchParams.get('page'))
    if (Number(searchParams.get('limit')) !== size) throw new Error('a size of its own')
    if (++readings > 10_000) throw new Error('endless')
    const gone = leaving.filter(({ reading }) => reading === readings).map(({ at }) => entries[at % entries.length])
    entries = entries.filter((entry) => !gone.includes(entry))
    if (size > 1 && slow.includes(readings)) return new TimeoutError()
    if (page > 1 && (page - 1) * size >= entries.length) throw beyondEnd()
    const part = entries.slice((page - 1) * size, page * size)
    if (part.reduce((sum, { weight }) => sum + weight, 0) > capacity) return new BadGatewayError('too large')
    const next = entries.length > page * size ? page + 1 : 0
    return { total: entries.length, next, list: part.map(({ id }) => ({ impUid: id, payment: undefined })) }
  }

  let ended: unknown
  try {
    const list = iterateList(readPage, { status: 'paid', from: when, to: when, limit })
    for await (const { impUid } of list) given.push(impUid)
  } catch (error) {
    ended = error
  }
  return { given, stayed: entries, ended, readings }
}

const scenes = fc.record({
  weights: fc.array(fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 2, arbitrary: fc.integer({ min: 2, max: 12 }) }), { maxLength: 60 }),
  capacity: fc.integer({ min: 1, max: 10 }),
  limit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(8, 10, 16, 25, 50, 100)),
  slow: fc.array(fc.nat({ max: 60 }), { maxLength: 5 }),
  leaving: fc.array(fc.record({
    reading: fc.nat({ max: 60 }),
    at: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 60 })),
  }), { maxLength: 12 }),
})

test('whatever the sizes and whatever leaves the list: no payment is missed, and none is given twice', async (t) => {
  await t.resolves(fc.assert(fc.asyncProperty(scenes, async (scene) => {
    const { given, stayed, ended } = await walk(scene)
    const isReadable = (weight: number) => weight <= scene.capacity
    const readable = stayed.filter(({ weight }) => isReadable(weight)).map(({ id }) => id)
    const missed = readable.filter((id) => !given.includes(id))
    if (missed.length > 0) throw new Error(`missed ${missed.join()}`)
    if (new Set(given).size !== given.length) throw new Error(`given twice: ${given.join()}`)
    const isOneMissing = stayed.length > readable.length
    if (isOneMissing && !(ended instanceof BadGatewayError)) throw new Error('nothing was said of what is missing')
    if (scene.weights.every(isReadable) && ended !== undefined) throw new Error(`failed: ${String(ended)}`)
  }), { numRuns: 2000 }))
})

test('a list that does not move is given in its order', async (t) => {
  await t.resolves(fc.assert(fc.asyncProperty(scenes, async (scene) => {
    const { given } = await walk({ ...scene, leaving: [] })
    const expected = scene.weights.flatMap((weight, index) => weight <= scene.capacity ? [`imp_${index}`] : [])
    if (given.join() !== expected.join()) throw new Error(`given: ${given.join()}`)
  })))
})

test('one payment that is too large costs a few readings, not one for every payment behind it', async (t) => {
  for (const bad of [0, 1, 499, 511, 512, 999, 1000, 4000, 9999]) {
    const weights = Array.from({ length: 10_000 }, (_, index) => index === bad ? 2000 : 1)
    const { given, readings } = await walk({ weights, capacity: 1000, limit: 1000, slow: [], leaving: [] })
    t.equal(given.length, 9999)
    t.ok(readings < 80, `${readings} readings with the ${bad}th`)
  }
})

test('where every page is too large, down to the single payment, the walk ends', async (t) => {
  let readings = 0
  const readPage = async () => {
    if (++readings > 1000) throw new Error('endless')
    return new BadGatewayError('too large')
  }
  const walking = async () => {
    const list = iterateList(readPage, { status: 'paid', from: when, to: when, limit: 1000 })
    for await (const { impUid } of list) t.ok(impUid)
  }
  await t.rejects(walking(), { code: 'IAMPORT_BAD_GATEWAY', message: /too large/ })
})

test('a total that goes up and down between two servers does not make the walk endless', async (t) => {
  let readings = 0
  const readPage = async (path: string, size: number): Promise<Page> => {
    const page = Number(new URL(path, 'http://upstream').searchParams.get('page'))
    if (++readings > 10_000) throw new Error('endless')
    const list = [{ impUid: `imp_${page * size}`, payment: undefined }]
    return { total: readings % 2 === 0 ? 9 : 10, next: page + 1, list }
  }
  const walking = async () => {
    for await (const { impUid } of iterateList(readPage, {
      status: 'paid', from: when, to: when, limit: 1,
    })) t.ok(impUid)
  }
  await t.rejects(walking(), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('what leaves the beginning of a list of over 10,000 causes no gap and no duplicate at its end', async (t) => {
  const weights = Array.from({ length: 10_500 }, () => 1)
  const leaving = Array.from({ length: 700 }, (_, at) => ({ reading: 10, at }))
  const { given, stayed, ended } = await walk({ weights, capacity: 1000, limit: 1000, slow: [], leaving })
  t.equal(ended, undefined)
  t.equal(new Set(given).size, given.length)
  t.strictSame(stayed.filter(({ id }) => !given.includes(id)), [])
})
