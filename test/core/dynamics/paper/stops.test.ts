/** Against what the published scripts did with small faulty logs and curves: test/oracle/paper.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { paperCurves } from '../../../../src/core/dynamics/paper/curves';
import { parseCurves } from '../../../../src/core/dynamics/paper/curvesFile';
import { paperDecay } from '../../../../src/core/dynamics/paper/decay';
import { perplexities } from '../../../../src/core/dynamics/paper/perplexity';
import type { PublishedLog } from '../../../../src/core/dynamics/paper/publishedLog';
import { paperScores } from '../../../../src/core/dynamics/paper/scores';
import { FailureError } from '../../../../src/core/failure';
import { expectFigures } from './compare';
import { recipeLog, type Edit } from './recipe';

/** Figures, or an exception. */
interface Outcome {
  readonly error?: string;
  readonly fits?: number;
  readonly [figure: string]: unknown;
}

interface LogCase {
  readonly name: string;
  readonly entries: number;
  readonly examples: number;
  readonly exp: boolean;
  readonly edits: readonly Edit[];
  readonly scores: Outcome;
  readonly curves: Outcome;
}

interface FitCase {
  readonly name: string;
  readonly curves: unknown;
  readonly outcome: Outcome;
}

const { logs, fits } = JSON.parse(
  readFileSync(new URL('../../../oracle/paper.json', import.meta.url), 'utf8'),
) as { readonly logs: readonly LogCase[]; readonly fits: readonly FitCase[] };

describe('logs', () => {
  it.each(logs)('$name', { timeout: 120_000 }, ({ entries, examples, exp, edits, scores, curves }) => {
    const plain = recipeLog(entries, examples, edits);
    const log = () => (exp ? perplexities(plain) : plain);
    expectOutcome(() => scoresOf(log()), scores, edits);
    if (entries < 950) expect(curves).toMatchObject({ removed: 0 });
    expectOutcome(() => paperCurves(log()), entries < 950 ? NO_FIT : curves, edits);
  });
});

describe('curves', () => {
  it.each(fits)('$name', ({ curves, outcome }) => {
    const act = () => paperDecay(parseCurves(JSON.stringify(curves), 'curves.json'));
    if (outcome.error === undefined) {
      expect(Object.values(act()).flatMap((kinds) => Object.values(kinds))).toHaveLength(outcome.fits!);
      return;
    }
    const { code, message } = failureOf(act);
    // What is no list of numbers is refused before anything is fitted.
    if (code === 'paper-curves') expect(['TypeError', 'KeyError']).toContain(outcome.error);
    // numpy 1.24 hands its LinAlgError on in a SystemError.
    else expect(message).toContain(`with a ${outcome.error.replace('SystemError', 'LinAlgError')}.`);
  });
});

/** Of a log with fewer than 950 entries the published code writes empty curves, at which its next script ends. */
const NO_FIT: Outcome = { error: 'IndexError' };

function expectOutcome(act: () => unknown, outcome: Outcome, edits: readonly Edit[]): void {
  if (outcome.error === undefined) {
    expectFigures(act(), outcome, 'figures');
    return;
  }
  const { message, place } = failureOf(act);
  expect(message).toContain(`the published code stops there with a ${outcome.error}.`);
  const [edit] = edits;
  // The value that was changed is to blame, and named.
  if (edits.length === 1 && edit !== undefined && edit.entries[0] === edit.entries[1])
    expect(place).toBe(
      `entry ${edit.entries[0]}, ${edit.kind}_${edit.part}[${edit.examples[0]}][${edit.probes[0]}]`,
    );
}

function failureOf(act: () => unknown): FailureError['failure'] {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  return expect.fail('It went through.');
}

/** In the published code's words. */
function scoresOf(log: PublishedLog): unknown {
  const effectivity: Record<string, unknown> = {};
  const perInjection = {
    effectivity: {} as Record<string, unknown>,
    retainability: {} as Record<string, unknown>,
  };
  for (const [condition, { mem, gen, gen_hard }] of Object.entries(paperScores(log))) {
    const groups = Object.entries({ mem, gen, gen_hard });
    const pick = (of: (group: typeof mem) => unknown) =>
      Object.fromEntries(groups.map(([kind, group]) => [kind, of(group)]));
    effectivity[condition] = pick((group) => group.effectivity);
    perInjection.effectivity[condition] = pick((group) => group.perInjection.effectivity);
    perInjection.retainability[condition] = pick((group) => group.perInjection.retainability);
  }
  return { effectivity, perInjection };
}
