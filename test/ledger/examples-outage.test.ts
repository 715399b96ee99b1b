import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { test } from 'tap'
import { createUpstream, payment } from '../support/upstream.js'
import { openPostgres } from '../support/postgres.js'

const examples = new URL('../../examples/postgres/', import.meta.url)
const FILES = ['pg.js', 'drizzle.js', 'kysely.js']

/** Calls `meddle` before the next statement that changes an order, which waits for it: the hook is then in the middle of its work. */
function beforeNextUpdate (meddle: (client: pg.Client) => Promise<unknown>): void {
  const { query } = pg.Client.prototype
  const isUpdate = (statement: unknown): boolean => typeof statement === 'object' && statement !== null && 'text' in statement
    ? isUpdate(statement.text)
    : typeof statement === 'string' && /^update "?orders"? /.test(statement)
  Reflect.set(pg.Client.prototype, 'query', function (this: pg.Client, ...args: Parameters<typeof query>) {
    if (!isUpdate(args[0])) return Reflect.apply(query, this, args)
    Reflect.set(pg.Client.prototype, 'query', query)
    return meddle(this).then(() => Reflect.apply(query, this, args))
  })
}

test('a connection that ends while a hook waits fails the payment, not the process, and the next notification completes it', async (t) => {
  const postgres = await openPostgres()
  const upstream = await createUpstream(FILES.map((_, index) => payment({ imp_uid: `imp_${index}`, merchant_uid: `order_${index}` })))
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  t.teardown(async () => {
    process.removeListener('uncaughtException', note)
    await upstream.close()
    await postgres.remove()
  })
  const admin = postgres.pool()
  await admin.query(await readFile(new URL('orders.sql', examples), 'utf8'))

  for (const [index, file] of FILES.entries()) {
    await admin.query('insert into orders (id, amount) values ($1, 14000)', [`order_${index}`])
    const { build } = await import(new URL(file, examples).href)
    const app = await build({ databaseUrl: postgres.url, impKey: 'key', impSecret: 'secret', baseUrl: upstream.url, logger: false })
    const notify = () => app.inject({ method: 'POST', url: '/payments/webhook', payload: { imp_uid: `imp_${index}` } })

    beforeNextUpdate(async (client) => {
      // Not `once` of node:events, which listens for errors as well.
      const ended = new Promise<void>((resolve) => { client.once('end', resolve) })
      await admin.query('select pg_terminate_backend($1)', [Reflect.get(client, 'processID')])
      await ended
    })
    t.ok((await notify()).statusCode >= 500, file)
    t.strictSame((await admin.query('select status from orders where id = $1', [`order_${index}`])).rows, [{ status: 'waiting' }], file)
    t.match((await notify()).json(), { status: 'paid', replayed: false }, file)
    t.strictSame((await admin.query('select status from orders where id = $1', [`order_${index}`])).rows, [{ status: 'paid' }], file)
    await app.close()
    t.strictSame(uncaught.splice(0), [], file)
  }
})
