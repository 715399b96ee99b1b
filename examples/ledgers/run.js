// Starts an example where it is what `node` was called with.
import { argv, env } from 'node:process'
import { pathToFileURL } from 'node:url'

/**
 * @param {string} url of the example
 * @param {(config: { databaseUrl: string, impKey: string, impSecret: string }) => Promise<import('fastify').FastifyInstance>} build
 */
export async function run (url, build) {
  if (url !== pathToFileURL(argv[1] ?? '').href) return
  const app = await build({ databaseUrl: env.DATABASE_URL ?? '', impKey: env.IMP_KEY ?? '', impSecret: env.IMP_SECRET ?? '' })
  console.log(`listening on ${await app.listen({ port: Number(env.PORT ?? 3000) })}`)
}
