import { readFile } from 'node:fs/promises'
import { test } from 'tap'
import { createUpstream, payment } from '../support/upstream.js'
import { openPostgres } from '../support/postgres.js'

const examples = new URL('../../examples/postgres/', import.meta.url)
const FILES = ['pg.js', 'drizzle.js', 'kysely.js']

test('each example commits the order and the record together, or neither', async (t) => {
  const postgres = await openPostgres()
  const payments = FILES.flatMap((_, index) => [
    payment({ imp_uid: `imp_${index}`, merchant_uid: `order_${index}` }),
    payment({ imp_uid: `imp_fails_${index}`, merchant_uid: `order_fails_${index}` }),
  ])
  const upstream = await createUpstream(payments)
  t.teardown(async () => {
    await upstream.close()
    await postgres.remove()
  })
  const admin = postgres.pool()
  await admin.query(await readFile(new URL('orders.sql', examples), 'utf8'))
  for (const { merchant_uid: order } of payments) {
    await admin.query('insert into orders (id, amount) values ($1, 14000)', [order])
  }
  // The database refuses to commit these, after the hook: a constraint that is checked at the commit.
  await admin.query(`create function refuse () returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
    create constraint trigger refuse after update on orders deferrable initially deferred
      for each row when (new.id like 'order_fails%') execute function refuse()`)
  const state = async (index: number | string) => (await admin.query(
    `select status, imp_uid, done_at is not null as recorded
      from orders left join fastify_iamport_ledger on event_key = $1 where id = $2`,
    [`imp_${index}:paid`, `order_${index}`])).rows[0]

  for (const [index, file] of FILES.entries()) {
    const { build } = await import(new URL(file, examples).href)
    const config = { impKey: 'key', impSecret: 'secret', baseUrl: upstream.url, logger: false }
    const app = await build({ ...config, databaseUrl: postgres.url })
    const post = (impUid: string) =>
      app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid: impUid } })

    const replies = [...await Promise.all([post(`imp_${index}`), post(`imp_${index}`)]), await post(`imp_${index}`)]
    for (const reply of replies) t.match(reply.json(), { status: 'paid' }, file)
    t.strictSame(await state(index), { status: 'paid', imp_uid: `imp_${index}`, recorded: true }, file)

    t.equal((await post(`imp_fails_${index}`)).statusCode, 503, file)
    const neither = { status: 'waiting', imp_uid: null, recorded: false }
    t.strictSame(await state(`fails_${index}`), neither, `${file}: neither is there`)
    await app.close()
  }
})
