import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test, type Test } from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const FILLED_IN = {
  repository: { type: 'git', url: 'git+https://code.example/shop/fastify-iamport.git' },
  homepage: 'https://code.example',
  bugs: { url: 'https://code.example/shop/fastify-iamport/issues' },
  author: 'A Shop <dev@shop.example>',
}

/** What the script says of a package.json, and the code it ends with. */
function check (t: Test, content: object) {
  const file = join(t.testdir(), 'package.json')
  writeFileSync(file, JSON.stringify({ name: 'fastify-iamport', ...content }))
  const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/check-publish.js`, file], {
    encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' },
  })
  return { status, stderr }
}

test('npm publish runs the script', (t) => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  t.equal(scripts.prepublishOnly, 'node scripts/check-publish.js')
  t.end()
})

test('a package.json whose owner has filled in everything may be published', (t) => {
  t.strictSame(check(t, FILLED_IN), { status: 0, stderr: '' })
  const { repository, bugs, author } = FILLED_IN
  const short = { ...FILLED_IN, repository: repository.url, bugs: bugs.url, author: { name: author } }
  t.strictSame(check(t, short), { status: 0, stderr: '' })
  t.end()
})

test('each missing, empty or placeholder field is refused by its name', (t) => {
  for (const field of ['repository', 'homepage', 'bugs', 'author']) {
    const unusable = field === 'author' ? [' ', {}] : ['TODO', { url: 'https://' }]
    for (const value of [undefined, '', ...unusable]) {
      const { status, stderr } = check(t, { ...FILLED_IN, [field]: value })
      t.equal(status, 1, `${field}: ${JSON.stringify(value)}`)
      t.match(stderr, `fill in ${field} before`)
    }
  }
  t.match(check(t, {}).stderr, 'fill in repository, homepage, bugs, author before')
  t.end()
})
