/**
 * Serves a contender: tells the parent its port, and its figures when asked.
 *
 * @param {import('fastify').FastifyInstance} app
 * @param {() => number} processed how often an order was delivered
 */
export async function serve (app, processed) {
  app.get('/__stats', () => {
    globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    return { processed: processed(), cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20 }
  })
  await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
  process.send?.({ port: new URL(app.listeningOrigin).port })
}
