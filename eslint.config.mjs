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

const walls = Object.entries(layers).map(([room, allowed]) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
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
        ],
      },
    ],
  },
}));

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
