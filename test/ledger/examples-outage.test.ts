import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { test } from 'tap'
import { createUpstream, payment } from '../support/upstream.js'
import { openPostgres } from '../support/postgres.js'

const examples = new URL('../../examples/postgres/', import.meta.url)
const FILES = ['pg.js', 'drizzle.js', 'kysely.js']

/** Calls and awaits `interfere` before the next statement that changes an order, in the middle of a hook. */
function beforeNextUpdate (interfere: (client: pg.Client) => Promise<unknown>): void {
  const { query } = pg.Client.prototype
  function isUpdate (statement: unknown): boolean {
    if (typeof statement === 'object' && statement !== null && 'text' in statement) return isUpdate(statement.text)
    return typeof statement === 'string' && /^update "?orders"? /.test(statement)
  }
  Reflect.set(pg.Client.prototype, 'query', function (this: pg.Client, ...args: Parameters<typeof query>) {
    if (!isUpdate(args[0])) return Reflect.apply(query, this, args)
    Reflect.set(pg.Client.prototype, 'query', query)
    return interfere(this).then(() => Reflect.apply(query, this, args))
  })
}

test('a connection that ends in a hook fails its notification, not the process; the next completes', async (t) => {
  const postgres = await openPostgres()
  const payments = FILES.map((_, index) => payment({ imp_uid: `imp_${index}`, merchant_uid: `order_${index}` }))
  const upstream = await createUpstream(payments)
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

  const statusOf = async (order: string) =>
    (await admin.query('select status from orders where id = $1', [order])).rows[0]?.status

  for (const [index, file] of FILES.entries()) {
    await admin.query('insert into orders (id, amount) values ($1, 14000)', [`order_${index}`])
    const { build } = await import(new URL(file, examples).href)
    const config = { impKey: 'key', impSecret: 'secret', baseUrl: upstream.url, logger: false }
    const app = await build({ ...config, databaseUrl: postgres.url })
    const notify = () => app.inject({ method: 'POST', url: '/payments/webhook', payload: { imp_uid: `imp_${index}` } })

    beforeNextUpdate(async (client) => {
      // Not `once` of node:events, which listens for errors as well.
      const ended = new Promise<void>((resolve) => { client.once('end', resolve) })
      await admin.query('select pg_terminate_backend($1)', [Reflect.get(client, 'processID')])
      await ended
    })
    t.ok((await notify()).statusCode >= 500, file)
    t.equal(await statusOf(`order_${index}`), 'waiting', file)
    t.match((await notify()).json(), { status: 'paid', replayed: false }, file)
    t.equal(await statusOf(`order_${index}`), 'paid', `${file}: the next notification`)
    await app.close()
    t.strictSame(uncaught.splice(0), [], file)
  }
})
