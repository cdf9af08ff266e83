/** What the verbs print with `--format json`, against the schema that users read. */
import Ajv, { type ValidateFunction } from 'ajv';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputSchema, schemaFile } from '../../scripts/schema.mjs';
import type { Outputs } from '../../src/cli/outputs';
import { asJson, recipeLog } from '../core/dynamics/paper/recipe';
import { program, type Program } from './program';

const KERNEL = ['--a', '0.25', '--threshold', '10000', '--rise', '0.5'];

let cli: Program;
let schema: { readonly properties: object; readonly definitions: object };
beforeAll(async () => {
  schema = JSON.parse(await readFile(schemaFile, 'utf8')) as typeof schema;
  cli = await program([0, 7, 50, 57, 100, 107, 500]);
  await writeFile(join(cli.folder, 'published.json'), asJson(recipeLog(960, 121)));
  const entry = (step: number) => ({
    step,
    fact: 'cape-vellorin',
    probe: 'memorization-1',
    logprob_mean: -step,
  });
  await writeFile(
    join(cli.folder, 'log.jsonl'),
    [0, 1, 2].map((step) => JSON.stringify(entry(step))).join('\n'),
  );
  const texts = (n: number) => Array.from({ length: 5 }, (_, i) => `Words ${n} and ${i}`);
  const fact = {
    train_context: 'Words.',
    ...{ mem_input: texts(0), mem_target: texts(1), gen_input: texts(2), gen_target: texts(3) },
    ...{ hard_gen_input: texts(4), hard_gen_target: texts(5) },
  };
  await writeFile(join(cli.folder, 'data.json'), JSON.stringify([fact, fact]));
});
afterAll(() => cli.remove());

function validatorOf(verb: keyof Outputs): ValidateFunction {
  const { definitions, properties } = schema;
  return new Ajv({ allowUnionTypes: true }).compile({
    definitions,
    ...(properties as Record<string, object>)[verb],
  });
}

/** How each verb is called; later ones find what earlier ones have made. */
const CALLS: readonly (readonly [keyof Outputs, readonly string[]])[] = [
  ['check', ['check', 'facts.probes.yaml']],
  ['score', ['score', 'facts.probes.yaml', '--run', 's1']],
  ['results', ['results', 'facts.probes.yaml', '--fact', 'cape-vellorin']],
  ['analyze', ['analyze', 'facts.probes.yaml', '--bootstrap', '20']],
  ['analyze', ['analyze', 'facts.probes.yaml', '--by', 'fact', '--fence', '1.5', '--bootstrap', '0']],
  ['analyze --paper', ['analyze', 'published.json', '--paper']],
  ['import, of a log', ['import', 'log.jsonl', '--out', 'log.scores']],
  ['import, of a data set', ['import', 'data.json', '--out', 'data.probes.yaml']],
  ['simulate schedule', ['simulate', 'schedule', ...KERNEL, '--every', '100', '--times', '10']],
  ['simulate interval', ['simulate', 'interval', ...KERNEL, '--level', '1']],
  ['simulate encounters', ['simulate', 'encounters', ...KERNEL, '--level', '1', '--every', '100']],
  ['simulate forecast', ['simulate', 'forecast', 'facts.probes.yaml', '--run', 's1', '--first', '2']],
  [
    'simulate population',
    [
      ...['simulate', 'population', ...KERNEL, '--facts', '100', '--corpus', '1e6', '--share', '0.01'],
      ...['--batch', '64', '--steps', '1000', '--level', '1', '--intervention', 'temper=0.7'],
    ],
  ],
];

describe('JSON of the command line', { timeout: 120_000 }, () => {
  it('has a schema that is made from its types', async () => {
    expect(await readFile(schemaFile, 'utf8'), 'run: npm run schema').toBe(await outputSchema());
  });

  it.each(CALLS.map(([verb, args]) => ({ verb, args })))(
    'is as the schema says: $verb',
    async ({ verb, args }) => {
      const { stdout, stderr } = await cli.run(...args, '--format', 'json');
      expect(stdout, stderr).not.toBe('');
      const validate = validatorOf(verb);
      expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    },
  );

  it('covers every verb', () => {
    const called = CALLS.map(([verb]) => verb);
    expect(new Set(called)).toEqual(new Set(Object.keys(schema.properties)));
  });
});
