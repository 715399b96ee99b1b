// A process that pays an order in a hook that never ends: to be killed.
const [, , name = '', database = '', url = '', key = '', order = ''] = process.argv
const { ledger, pay } = await (await import(`./clients/${name}.js`))[database](url, 2, { waitMs: 60_000 })
await ledger.once(key, async (tx) => {
  if (order !== '') await pay(tx, order)
  console.log('begun')
  await new Promise((resolve) => setTimeout(resolve, 600_000))
})
