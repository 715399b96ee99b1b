import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import pg from 'pg'
import { test } from 'tap'
import { postgresLedger } from '../../../lib/index.js'

// Messages: https://www.postgresql.org/docs/current/protocol-message-formats.html
const message = (type: string, body: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
const AUTHENTICATION_OK = message('R', Buffer.alloc(4))
const READY_FOR_QUERY = message('Z', Buffer.from('I'))
const ADMIN_SHUTDOWN = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0'))

test('a connection that the server ends while the pool hands it over fails the event, not the process', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY, ADMIN_SHUTDOWN])))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'shop', database: 'shop' })
  pool.on('error', () => {})
  t.teardown(async () => {
    await pool.end()
    server.close()
  })
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  t.teardown(() => process.removeListener('uncaughtException', note))

  await t.rejects(postgresLedger(pool).once('imp_1:paid', async () => 'paid'), { code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(uncaught, [])
  t.equal(pool.totalCount, 0, 'the pool keeps no dead connection')
})
