import neostandard from 'neostandard'

export default neostandard({ ts: true, ignores: ['dist/**', '.tap/**', 'lib/sandbox/public/**/vendor/**'] })
