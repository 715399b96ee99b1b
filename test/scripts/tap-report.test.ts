import { test } from 'tap'
import { createTapReport } from '../../scripts/tap-report.js'

const TAP = `TAP version 14
# Subtest: test/good.test.ts
    # Subtest: adds
        ok 1 - one
        1..1
    ok 1 - adds # time=3.1ms
    ok 2 - wants a browser # SKIP no browser
    1..2
    # time=4.2ms
ok 1 - test/good.test.ts # time=1204.5ms

# Subtest: test/bad.test.ts
    # Subtest: outer \\# 1
        # Subtest: inner
            not ok 1 - one is two
              ---
              diff: |
                -2
                +1
              ...
            1..1
        not ok 1 - inner # time=1ms
          ---
          at: elsewhere
          ...
        not ok 2 - should match pattern
          ---
          at: here
          ...
        1..2
    not ok 1 - outer \\# 1 # time=2ms
    # Subtest: after it
        ok 1 - one
        1..1
    ok 2 - after it # time=1ms
    1..2
not ok 2 - test/bad.test.ts # time=50ms

# Subtest: test/gone.test.ts
    1..0 # no tests found
not ok 3 - test/gone.test.ts # time=90ms
  ---
  exitCode: 3
  ...

# Subtest: test/mysql.test.ts
    1..0 # no MySQL
ok 4 - test/mysql.test.ts # SKIP no MySQL

# Subtest: test/last.test.ts
    ok 1 - a name with # in it, and "quotes"
    1..1
ok 5 - test/last.test.ts # time=20ms
1..5
`

test('the report has a line for each file, the cause of each failure with its details, and what was left out', (t) => {
  const lines: string[] = []
  const { read, report } = createTapReport((line) => lines.push(line))
  for (const line of TAP.split('\n')) read(line)
  t.equal(lines.join('\n'), `\
ok      1 tests    1.2 s  test/good.test.ts
FAIL    2 tests    0.1 s  test/bad.test.ts
      outer # 1 > inner > one is two
          diff: |
            -2
            +1
      outer # 1 > should match pattern
          at: here
FAIL    0 tests    0.1 s  test/gone.test.ts
      the file itself
          exitCode: 3
ok     left out    0.0 s  test/mysql.test.ts
ok      1 tests    0.0 s  test/last.test.ts`)
  t.strictSame(report, {
    tests: 4,
    failed: [
      { path: ['test/bad.test.ts', 'outer # 1', 'inner', 'one is two'], reason: '' },
      { path: ['test/bad.test.ts', 'outer # 1', 'should match pattern'], reason: '' },
      { path: ['test/gone.test.ts'], reason: '' },
    ],
    leftOut: [
      { path: ['test/good.test.ts', 'wants a browser'], reason: 'no browser' },
      { path: ['test/mysql.test.ts'], reason: 'no MySQL' },
    ],
  })
  t.end()
})
