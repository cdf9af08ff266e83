import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScoreRow } from '../../../src/core/results/row';
import { readStep } from '../../../src/disk/results/read';
import type { CheckpointTask, ScoreRequest } from '../../../src/protocol/scorer';
import { scoreCheckpoint } from '../../../src/scoring/checkpoint/checkpoint';
import { graphPath, REFERENCE as GRAPHS } from '../graph/graphs';
import { REFERENCE, request, task, temporaryFolder } from '../helpers';

/** Nats. */
const EXACT = 1e-5;
const BUDGET = 60;

/** Each of some prompts with all continuations. */
function foils(): ScoreRequest[] {
  const prompts = [...new Set(REFERENCE.map(({ prompt }) => prompt))].filter((prompt) => prompt.length > 20);
  const texts = [...new Set(REFERENCE.map(({ continuation }) => continuation))];
  return prompts.flatMap((prompt, i) =>
    texts.map((text, index) => request(prompt, text, { probe: `probe-${i}`, role: 'foil', index })),
  );
}

async function onDisk({ results, run, step }: CheckpointTask) {
  const { parts } = await readStep(results, run, step);
  const rows = parts.flatMap((part) => part.rows);
  return { rows, prompts: parts.map(({ metadata }) => metadata.settings['prompts']) };
}

function expectSame(rows: readonly ScoreRow[], expected: readonly ScoreRow[]): void {
  const nameOf = ({ probe, index }: ScoreRow): string => `${probe} ${index}`;
  const found = new Map(rows.map((row) => [nameOf(row), row]));
  expect(rows).toHaveLength(expected.length);
  for (const row of expected) {
    const same = found.get(nameOf(row))!;
    expect(same.tokens.map(({ id, rank }) => [id, rank])).toEqual(
      row.tokens.map(({ id, rank }) => [id, rank]),
    );
    for (const [i, { logprob }] of row.tokens.entries()) {
      expect(Math.abs(same.tokens[i]!.logprob - logprob)).toBeLessThan(EXACT);
    }
  }
}

describe('many continuations of a prompt', () => {
  it('are scored from one reading of it: as PyTorch exports them', async () => {
    const requests = foils();
    for (const graph of ['plain', 'past']) {
      const [once, anew] = await Promise.all(
        [true, false].map(async (sharing) =>
          task(graph, await temporaryFolder(), { requests, sharing, leastSaved: 0 }),
        ),
      );
      await scoreCheckpoint(anew!, { budget: BUDGET });
      const outcome = await scoreCheckpoint(once!, { budget: BUDGET });
      expect(outcome).toMatchObject({ scored: requests.length, cancelled: false, remarks: [] });
      const { rows, prompts } = await onDisk(once!);
      expect(prompts).toEqual(['shared']);
      const expected = await onDisk(anew!);
      expect(expected.prompts).toEqual(['repeated']);
      expectSame(rows, expected.rows);
    }
  });

  it('of which half are on disk are scored for the other half', async () => {
    const requests = foils();
    const [whole, halves] = await Promise.all(
      [0, 1].map(async () => task('past', await temporaryFolder(), { requests, leastSaved: 0 })),
    );
    await scoreCheckpoint(whole!, { budget: BUDGET });
    const first = requests.filter((_, i) => i % 2 === 0);
    await scoreCheckpoint({ ...halves!, requests: first }, { budget: BUDGET });
    const outcome = await scoreCheckpoint(halves!, { budget: BUDGET });
    expect(outcome).toMatchObject({ scored: requests.length - first.length, reused: first.length });
    expectSame((await onDisk(halves!)).rows, (await onDisk(whole!)).rows);
  });

  it('are scored as a whole where one reading gives something else, and that is said', async () => {
    const folder = await temporaryFolder();
    const tokenizer = join(folder, 'tokenizer');
    await mkdir(tokenizer);
    const vocab = Object.fromEntries(Array.from({ length: 40 }, (_, id) => [`w${id}`, id]));
    await writeFile(
      join(tokenizer, 'tokenizer.json'),
      JSON.stringify({
        added_tokens: [],
        normalizer: null,
        post_processor: null,
        decoder: null,
        model: { type: 'WordLevel', vocab, unk_token: 'w0' },
        pre_tokenizer: { type: 'WhitespaceSplit' },
      }),
    );
    const words = (ids: readonly number[]): string => ids.map((id) => `w${id}`).join(' ');
    const requests = GRAPHS.after.texts.map(({ ids, firstTarget }, index) => ({
      ...request(words(ids.slice(0, firstTarget)), words(ids.slice(firstTarget)), { index }),
      join: ' ',
    }));
    const job = task('', join(folder, 'results'), {
      model: graphPath('cached-window'),
      tokenizer,
      requests,
      leastSaved: 0,
    });
    const outcome = await scoreCheckpoint(job, { budget: 20 });
    expect(outcome.remarks.map(({ what }) => what).join()).toMatch(
      /^Prompts are run anew for each continuation instead of once, since read with others log probabilities are \d/,
    );
    const { rows, prompts } = await onDisk(job);
    expect(new Set(prompts)).toEqual(new Set(['repeated']));
    for (const [i, tokens] of GRAPHS.after.graphs['cached-window']!.entries()) {
      const row = rows.find(({ index }) => index === i)!;
      expect(row.tokens.map(({ id }) => id)).toEqual(tokens.map(({ id }) => id));
      const mean = tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length;
      expect(Math.abs(row.logprob_mean - mean)).toBeLessThan(EXACT);
    }
  });
});
