import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSession } from '../../../src/scoring/session/session';
import { FIXTURES } from '../helpers';
import { difference, measureAll, words } from './graphs';

const FOLDER = join(FIXTURES, 'exports');
/** PyTorch's figures in float64, made by test/fixtures/scoring/exports/make.py. */
const REFERENCE = JSON.parse(readFileSync(join(FOLDER, 'reference.json'), 'utf8')) as {
  readonly texts: readonly { readonly ids: readonly number[]; readonly firstTarget: number }[];
  readonly architectures: Readonly<Record<string, Parameters<typeof difference>[0]>>;
};
const TEXTS = REFERENCE.texts.map((text, i) => ({ ...text, name: `text/${i}` }));
const EXPORTS = readdirSync(FOLDER).filter((file) => file.endsWith('.onnx'));

/** Nats: float32, and float16's steps. */
const EXACT = 1e-5;
const HALF = 0.02;
/** So small a batch that the texts are several. */
const BUDGET = 100;

/** These see sixteen tokens back, or eight, and are woven into rows of more. */
const WINDOWS = ['GPTNeo', 'Gemma2', 'Gemma3Text', 'Mistral'];
/** What they know of places does not show, or they have neighbours besides attention. */
const CLOSED = ['Bloom', 'Mpt', 'Lfm2'];

const table: Record<string, unknown>[] = [];
afterAll(() => {
  console.table(table);
});

describe("exports of Hugging Face's architectures against PyTorch in float64", () => {
  it.each(EXPORTS)('%s', async (file) => {
    const [name = '', way = ''] = file.split('.');
    const expected = REFERENCE.architectures[name]!;
    const session = await openSession(join(FOLDER, file), { threads: 1 });
    const found = (await measureAll(session, TEXTS, BUDGET)).map(({ tokens }) => tokens);
    const off = difference(found, expected);
    const beginnings = session.weaving === undefined ? (session.whyRepeated ?? 'anew') : 'once';
    table.push({
      export: `${name} ${way}`,
      path: session.path,
      beginnings,
      'from PyTorch': off.toExponential(1),
    });
    expect(session).toMatchObject({ path: 'gathered', whyApart: undefined });
    expect(off).toBeLessThan(way === 'half' ? HALF : EXACT);
    if (way !== 'half') expect(words(found)).toEqual(words(expected));
    if (WINDOWS.includes(name)) expect(session.whyRepeated).toMatch(/log probabilities are \d\S* nats off/);
    else if (CLOSED.includes(name))
      expect(session).toMatchObject({ weaving: undefined, whyRepeated: undefined });
    else expect(session.weaving!.verified).toBeGreaterThan(40);
    await session.release();
  });
});
