import tseslint from 'typescript-eslint';

/**
 * What the type checker and the import rules cannot see. Without type information, so that it takes seconds; each rule that is ours
 * says in its message what to do instead.
 */
const PROCESS_ENV = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only app/platform/config reads process.env: take what you need as an argument.',
  },
  {
    selector: "VariableDeclarator[init.name='process'] ObjectPattern > Property[key.name='env']",
    message: 'Only app/platform/config reads process.env: take what you need as an argument.',
  },
  {
    selector: "ImportDeclaration[source.value=/^(node:)?process$/]",
    message: 'Only app/platform/config reads process.env: take what you need as an argument.',
  },
];
const DEFAULT_EXPORT = [{ selector: 'ExportDefaultDeclaration', message: 'Export by name: a default export has another name in every file that imports it.' }];
const IMPURE = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Time comes in by ctx.now().' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time comes in by ctx.now().' },
  { selector: "CallExpression[callee.name='Date']", message: 'Time comes in by ctx.now().' },
  { selector: "CallExpression[callee.object.name='performance']", message: 'Time comes in by ctx.now().' },
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'Chance comes in from outside, so that a flow can be replayed.' },
  { selector: "CallExpression[callee.object.name='crypto'], CallExpression[callee.object.property.name='crypto']", message: 'Ids come in by ctx.newId(), digests by a port.' },
  { selector: "CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|fetch)$/]", message: 'Waiting and the network belong to adapters.' },
];
const UNFINISHED_TESTS = [
  { selector: "MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|fails)$/]", message: 'A test runs or is not there; one that needs a program uses skipIf.' },
  { selector: "CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]", message: 'A test runs or is not there.' },
];

const SOURCES = ['app/**', 'schemas/**', 'extensions/**'];
const TESTS = ['**/*.test.{ts,tsx}', 'test/**'];
/** Files that a framework or a tool asks for by their default export. */
const ASKED_FOR_DEFAULT = ['*.{js,cjs,ts,mjs}', 'app/root.tsx', 'app/entry.*.tsx', 'app/routes/**', 'extensions/**', 'test/setup/**'];

/** Later entries replace earlier ones for the same rule, so each group lists all that holds there. */
function syntax(files, rules, ignores = []) {
  return { files: files.map((file) => (/\.\w+$|\}$/.test(file) ? file : `${file}/*.{ts,tsx,js,mjs}`)), ignores, rules: { 'no-restricted-syntax': ['error', ...rules] } };
}

export default tseslint.config(
  { ignores: ['**/node_modules/**', 'build/**', 'public/build/**', '**/generated/**', '.cache/**', '.calibrate/**', '.*.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-empty-function': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-param-reassign': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
    },
  },
  { files: ['app/**/*.{ts,tsx}', 'extensions/**/*.{ts,tsx}'], rules: { 'no-console': 'error' } },
  {
    files: ['{app,dev,schemas}/**/*.{ts,tsx,mjs}'],
    ignores: TESTS,
    rules: { 'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }] },
  },
  syntax(['**'], [...DEFAULT_EXPORT], ASKED_FOR_DEFAULT),
  syntax(SOURCES, [...PROCESS_ENV, ...DEFAULT_EXPORT], ['app/platform/config/**', ...ASKED_FOR_DEFAULT, ...TESTS]),
  syntax(['app/root.tsx', 'app/entry.*.tsx', 'app/routes/**', 'extensions/**'], [...PROCESS_ENV], TESTS),
  syntax(['app/domain/**', 'app/flows/**'], [...PROCESS_ENV, ...DEFAULT_EXPORT, ...IMPURE], TESTS),
  {
    ...syntax(TESTS, [...UNFINISHED_TESTS, ...DEFAULT_EXPORT], ['test/setup/**']),
    rules: { 'no-restricted-syntax': ['error', ...UNFINISHED_TESTS, ...DEFAULT_EXPORT], 'no-console': 'off' },
  },
);
