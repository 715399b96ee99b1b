import fc from 'fast-check'
import { test } from 'tap'
import { readRequest, writeScalar } from '../../lib/http/any-request.js'
import { assertProperty } from '../support/assert-property.js'

const write = (value: unknown, name: string) => [writeScalar(value, name)]
const get = (path: unknown, query?: Record<string, unknown>) => readRequest('GET', path, { query }, write).path

test('a path begins with one /, and is sent as it is', async (t) => {
  for (const path of ['/', '/payments/imp_1', '/a%20b', '/a:b', '/a@b', '/%2f', '/payments/', '/a.b', '/a/.b', '/~x']) {
    t.equal(get(path), path)
  }
})

test('a path with a host, a scheme, dots, a query or a control character is refused', async (t) => {
  for (const path of [
    '', 'payments', '//host/x', 'https://host/x', 'http:/x', '/https://host', '/../x', '/x/..', '/x/../y', '/..', '/.',
    '/x/./y', '/%2e%2e/x', '/%2E./x', '/.%2e', '/%2e', '/a..b',
    '/x/%2e%2e%2fy', '/x/..%2Fy', '/x%2f.%2E/y', '/%2e%2e%5cy', '/x?y=1', '/x#y', '/x\n', '/x\r\nhost: y', '/\u0000',
    '/\u007f', '/x\u0085', '\\\\host', '/\\host', '/x\\..\\y', '/\ud800', ' /x', undefined, null, 7, {}, ['/x'],
  ]) t.throws(() => get(path), { code: 'FST_ERR_VALIDATION', statusCode: 400 }, JSON.stringify(path))
})

test('other characters than visible ASCII are percent-encoded', async (t) => {
  t.equal(get('/payments/주문 1'), '/payments/%EC%A3%BC%EB%AC%B8%201')
  t.equal(get('/\u{1f34e}'), '/%F0%9F%8D%8E')
})

test('whatever path is taken, a URL of it stays at the origin, below nothing else', async (t) => {
  const texts = fc.array(fc.constantFrom('/', '.', '..', '%2e', '\\', ':', '@', '//', 'a', '가', ' ', '?', '#', '\n'))
  assertProperty(t, fc.property(texts, (parts) => {
    const path = `/${parts.join('')}`
    try {
      const written = get(path)
      const url = new URL(`http://provider.example${written}`)
      return url.host === 'provider.example' && url.pathname === written && url.search === ''
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'FST_ERR_VALIDATION'
    }
  }), 2000)
})

test('a query is encoded; what is undefined is left out', async (t) => {
  t.equal(get('/x', { a: 1, b: undefined, 'c[]': 'x y&z', d: true, e: '가', f: 10n }),
    '/x?a=1&c%5B%5D=x%20y%26z&d=true&e=%EA%B0%80&f=10')
  t.equal(get('/x', {}), '/x')
  t.equal(get('/x', { a: undefined }), '/x')
})

test('a query that cannot be written is refused', async (t) => {
  const queries = [
    { a: null }, { a: NaN }, { a: {} }, { a: Symbol('x') }, { a: '\ud800' }, { '\ud800': 1 }, 'a=1', [], null,
  ]
  for (const query of queries) {
    const parts = Object.fromEntries([['query', query]])
    t.throws(() => readRequest('GET', '/x', parts, write), { code: 'FST_ERR_VALIDATION' })
  }
})

test('a body is JSON, without what JSON would make null', async (t) => {
  const post = (body: unknown) => readRequest('POST', '/x', Object.fromEntries([['body', body]]), write)
  t.strictSame(post({ amount: 1 }), { method: 'POST', path: '/x', body: '{"amount":1}' })
  t.strictSame(post(undefined), { method: 'POST', path: '/x', body: undefined })
  t.strictSame(post([1]), { method: 'POST', path: '/x', body: '[1]' })
  const circle: { circle?: unknown } = {}
  circle.circle = circle
  for (const body of [{ amount: NaN }, { a: [{ b: Infinity }] }, { amount: 1n }, circle, null, 'text', 7]) {
    t.throws(() => post(body), { code: 'FST_ERR_VALIDATION' })
  }
})

test('only the methods of the providers are known, and a GET has no body', async (t) => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    t.equal(readRequest(method, '/x', {}, write).method, method)
  }
  for (const method of ['get', 'HEAD', 'TRACE', '', undefined, 'GET\r\n']) {
    t.throws(() => readRequest(method, '/x', {}, write), { code: 'FST_ERR_VALIDATION' })
  }
  t.throws(() => readRequest('GET', '/x', { body: {} }, write), { code: 'FST_ERR_VALIDATION' })
})
