import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', 'examples/*/dist/**', '.tap/**'] }),
  // The provider's fields keep their names.
  { rules: { camelcase: 'off' } },
  // A TypeBox schema and the type it stands for share a name; the compiler itself refuses a real redeclaration.
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-redeclare': 'off' } },
  // Not yet held by test/package, examples/{metrics,postgres,redis}, bench and scripts.
  {
    files: [
      'lib/**/*.{ts,js}', 'examples/{moving,portone,quickstart,reconcile,shop}/**/*.{js,mjs}', 'test/*.test.ts',
      'test/browser/**/*.{ts,js}', 'test/completion/**/*.ts', 'test/concurrency/**/*.ts', 'test/doctor/**/*.ts',
      'test/examples/**/*.ts', 'test/http/**/*.ts', 'test/iamport/**/*.ts', 'test/ledger/**/*.ts', 'test/nestjs/**/*.ts',
      'test/plugin/**/*.ts', 'test/portone/**/*.ts', 'test/routes/**/*.ts', 'test/sandbox/**/*.ts',
      'test/scenarios/**/*.ts', 'test/scripts/**/*.ts', 'test/support/**/*.ts',
    ],
    rules: { '@stylistic/max-len': ['error', { code: 120, ignoreUrls: true }] },
  },
]
