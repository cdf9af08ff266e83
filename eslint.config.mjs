// @ts-check
import eslint from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/**
 * The rooms of src/ and what each may import. An arrow that is not here points upward and fails the lint.
 * `packages` are the environment's modules a room may use besides the pure ones.
 */
const layers = {
  core: { rooms: [], packages: [] },
  protocol: { rooms: ['core'], packages: [] },
  disk: { rooms: ['core'], packages: ['node'] },
  scoring: { rooms: ['core', 'protocol', 'disk'], packages: ['node', 'onnxruntime-node'] },
  extension: { rooms: ['core', 'protocol', 'disk', 'scoring'], packages: ['node', 'vscode'] },
  webview: { rooms: ['core', 'protocol'], packages: ['chart.js'] },
  cli: { rooms: ['core', 'protocol', 'disk', 'scoring'], packages: ['node'] },
};
const environments = {
  node: { regex: '^node:' },
  vscode: { regex: '^vscode$' },
  'onnxruntime-node': { regex: '^onnxruntime-node$' },
  'chart.js': { regex: '^chart\\.js' },
};

/**
 * The rooms of src/scoring, likewise. What extension and cli load (`job`, and check.ts beside the rooms) reaches none
 * in which there is ONNX Runtime: it blocks its process, and a model can crash it.
 */
const scoring = {
  graph: [],
  tokenizer: [],
  session: ['graph'],
  checkpoint: ['graph', 'tokenizer', 'session'],
  job: ['graph/externalData', 'tokenizer'],
  '*': ['tokenizer', 'graph/fixed'],
};
const withRuntime = ['graph', 'session', 'checkpoint'];

const wall = (/** @type {string} */ files, /** @type {object[]} */ patterns) => ({
  files: [files],
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const patternsOf = Object.fromEntries(
  Object.entries(layers).map(([room, allowed]) => [
    room,
    [
      ...Object.keys(layers)
        .filter((other) => other !== room && !allowed.rooms.includes(other))
        .map((other) => ({
          regex: `^(\\.\\./)+${other}(/|$)`,
          message: `src/${room} must not know src/${other}: arrows point only downward (see README, "The house").`,
        })),
      ...Object.entries(environments)
        .filter(([name]) => !allowed.packages.includes(name))
        .map(([name, pattern]) => ({
          ...pattern,
          message: `src/${room} does not run where ${name} exists.`,
        })),
      ...(allowed.rooms.includes('scoring')
        ? [
            {
              regex: `^(\\.\\./)+scoring/(${withRuntime.join('|')})(/|$)`,
              message: `src/${room} loads no ONNX Runtime: that is for the scorer's process.`,
            },
          ]
        : []),
    ],
  ]),
);

const walls = [
  ...Object.entries(patternsOf).map(([room, patterns]) => wall(`src/${room}/**/*.ts`, patterns)),
  ...Object.entries(scoring).map(([room, allowed]) =>
    wall(`src/scoring/${room}${room === '*' ? '' : '/**/*'}.ts`, [
      ...patternsOf.scoring,
      ...Object.keys(scoring)
        .filter((other) => other !== '*' && other !== room && !allowed.includes(other))
        .map((other) => {
          const parts = allowed.flatMap((one) =>
            one.startsWith(`${other}/`) ? [one.slice(other.length + 1)] : [],
          );
          return {
            regex: `^(\\./|(\\.\\./)+)${other}(/(?!(${parts.join('|')})$)|$)`,
            message: `src/scoring/${room} must not know src/scoring/${other}: arrows point only downward.`,
          };
        }),
      ...(withRuntime.includes(room)
        ? []
        : [{ ...environments['onnxruntime-node'], message: "ONNX Runtime is for the scorer's process." }]),
    ]),
  ),
];

export default tseslint.config(
  { ignores: ['dist', 'out', 'node_modules', '.vscode-test', '**/*.scores', '**/*.d.mts'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.mjs', '**/*.cjs'], languageOptions: { globals: globals.node } },
  ...walls,
);
