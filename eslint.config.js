import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', '.tap/**'] }),
  // The provider's fields keep their names.
  { rules: { camelcase: 'off' } },
  // A TypeBox schema and the type it stands for share a name; the compiler itself refuses a real redeclaration.
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-redeclare': 'off' } },
]
