import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { env, execPath } from 'node:process'
import { promisify } from 'node:util'

const folder = new URL('..', import.meta.url).pathname

/** Makes `fastify-iamport` here what the root has built. npm would install the root's dependencies once more. */
export function link () {
  rmSync(`${folder}node_modules/fastify-iamport`, { force: true })
  symlinkSync('../../..', `${folder}node_modules/fastify-iamport`)
}

/** Prisma's clients: of PostgreSQL, as the example has it, and of MySQL. */
export async function generatePrisma () {
  const schema = readFileSync(`${folder}prisma/schema.prisma`, 'utf8')
    .replace(/status .*/, '$&\n  deliveries Int @default(0)') // the tests count
  await Promise.all([
    generate('postgres', schema),
    generate('mysql', schema.replace('"postgresql"', '"mysql"')
      .replace('"prisma-client-js"', '"prisma-client-js"\n  output = "./mysql"')),
  ])
}

async function generate (name, schema) {
  const file = `${folder}node_modules/.prisma/${name}.prisma`
  mkdirSync(`${folder}node_modules/.prisma`, { recursive: true })
  writeFileSync(file, schema)
  // Only migrations need the engine, which would be downloaded: any program will do.
  const options = { cwd: folder, env: { ...env, PRISMA_SCHEMA_ENGINE_BINARY: execPath } }
  await promisify(execFile)(execPath, ['node_modules/prisma/build/index.js', 'generate', '--schema', file], options)
}

/** Whether `tx` has each client's type in the hooks. */
export async function checkTypes () {
  const child = spawn(execPath, ['../../node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], { cwd: folder, stdio: 'inherit' })
  const [code] = await once(child, 'close')
  return code === 0
}
