import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { engines, scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** As workflows write it. */
const expression = (text: string) => `$\{{ ${text} }}`

const GOOD = `name: good
on: push
permissions:
  contents: read
concurrency: one
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    strategy:
      matrix: { node: ['${engines.node.replace('>=', '')}', '24'] }
    steps:
      - uses: actions/checkout@${COMMIT} # v1.2.3
        with:
          persist-credentials: false
      - run: npm ci
`

const BAD: [what: string, from: string, to: string, said: RegExp][] = [
  ['an unknown permission', 'contents: read', 'content: read', /content/],
  ['a broken expression', 'npm ci', `echo ${expression('format(')}`, /expression/],
  ['a step that does nothing', 'run: npm ci', 'rnu: npm ci', /rnu/],
  [
    'a job that is needed and not there',
    'timeout-minutes: 5', 'timeout-minutes: 5\n    needs: build', /no dependencies|build/,
  ],
  ['an action by its tag', `@${COMMIT} # v1.2.3`, '@v1', /not pinned/],
  ['an action by a part of its commit', COMMIT, COMMIT.slice(0, 7), /not pinned/],
  ['a commit of nobody knows which version', ' # v1.2.3', '', /name the version/],
  ['a token that stays in the work tree', 'persist-credentials: false', 'fetch-depth: 0', /persist-credentials/],
  ['no permissions', 'permissions:\n  contents: read\n', '', /no permissions/],
  ['permissions to write for every job', 'contents: read', 'contents: write', /belong to the job/],
  ['no concurrency', 'concurrency: one\n', '', /no concurrency/],
  ['no time limit', '    timeout-minutes: 5\n', '', /no timeout-minutes/],
  ['another oldest Node than that of engines', `'${engines.node.replace('>=', '')}'`, "'18'", /first Node is 18/],
  ['a script from the network', 'npm ci', 'curl -s https://code.example/install | sh', /from the network/],
  ['a title that others write', 'npm ci', `echo ${expression('github.event.pull_request.title')}`, /what others write/],
]

/** What the script says of the workflows in a folder, and the code it ends with. */
function check (folder?: string) {
  const args = [`${root}scripts/check-workflows.js`, ...folder === undefined ? [] : [folder]]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' },
  })
  return { status, stdout, stderr }
}

test('the workflows of this repository are sound, and `npm run lint` checks them', (t) => {
  t.match(check(), { status: 0, stdout: /^[1-9]\d* workflows checked/, stderr: /^$/ })
  t.match(scripts.lint, 'scripts/check-workflows.js')
  t.end()
})

test('what is wrong with a workflow is named, with its file', (t) => {
  t.match(check(t.testdir({ 'good.yml': GOOD })), { status: 0, stderr: /^$/ })
  const wrong = Object.fromEntries(BAD.map(([, from, to], index) => [`${index}.yml`, GOOD.replace(from, to)]))
  const { status, stderr } = check(t.testdir(wrong))
  t.equal(status, 1)
  for (const [index, [what, , , said]] of BAD.entries()) {
    t.match(stderr.split('\n').filter((line) => line.startsWith(`${index}.yml: `)).join('\n'), said, what)
  }
  t.end()
})
