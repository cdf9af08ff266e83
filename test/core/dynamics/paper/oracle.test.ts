/** Against what the published code printed: shared/oracle, beside the checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paperCurves } from '../../../../src/core/dynamics/paper/curves';
import { parseCurves } from '../../../../src/core/dynamics/paper/curvesFile';
import { paperDecay, tokensPerStepByName } from '../../../../src/core/dynamics/paper/decay';
import { perplexities } from '../../../../src/core/dynamics/paper/perplexity';
import type { PublishedLog } from '../../../../src/core/dynamics/paper/publishedLog';
import { paperScores, type PaperGroupScores } from '../../../../src/core/dynamics/paper/scores';
import { readPublishedLog } from '../../../../src/disk/logs/published';
import { openSource } from '../../../../src/disk/logs/source';
import { expectFigures } from './compare';

const ORACLE = new URL('../../../../../shared/oracle', import.meta.url).pathname;
const there = existsSync(ORACLE);
const python = there ? ['/usr/bin/python3', 'python3'].find(hasScipy) : undefined;
if (!there) console.warn(`Skipped: ${ORACLE} is not there.`);
else if (python === undefined)
  console.warn('Skipped in part: no python3 with numpy and scipy makes the logs.');

function hasScipy(command: string): boolean {
  try {
    execFileSync(command, ['-c', 'import numpy, scipy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function oracle(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ORACLE, name), 'utf8')) as Record<string, unknown>;
}

describe.skipIf(python === undefined)('logs', { timeout: 300_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paper-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const make = async (...args: string[]): Promise<PublishedLog> => {
    const file = join(folder, 'log.json');
    execFileSync(python!, [join(ORACLE, 'make_log.py'), '--out', file, ...args]);
    return (await readPublishedLog(await openSource(file))).log;
  };

  it('1,200 entries: scores, curves, fits, and the scores of perplexities', async () => {
    const log = await make('--steps', '1200', '--seed', '7');
    expect(expectAll(log, oracle('oracle-log-n1200.json'))).toBe(3185);
    expect(expectScores(perplexities(log), oracle('oracle-log-n1200-ppl.json'))).toBe(801);
  });

  it('1,051 entries with ties, skipped probes, peaks below the start and nulls in the tail', async () => {
    const log = await make(
      ...'--steps 1051 --seed 11 --quantize 64 --flat 2 --null-tail 10 --compact'.split(' '),
    );
    expect(expectAll(log, oracle('oracle-log-edge1051.json'))).toBe(1630);
  });
});

describe.skipIf(!there)('the fit alone', () => {
  const cases = there ? oracle('oracle-fit-cases.json') : {};
  it.each(Object.keys(cases))('%s', (name) => {
    const [file = '', ...options] = name.trim().split(' ');
    const curves = parseCurves(readFileSync(join(ORACLE, 'fit-cases', file), 'utf8'), file);
    const tokensPerStep = options.includes('--tokens') ? tokensPerStepByName(file) : undefined;
    const fits = paperDecay(curves, {
      reverse: options.includes('--reverse'),
      ...(tokensPerStep !== undefined && { tokensPerStep }),
    });
    expect(expectFigures(asPublished(fits), (cases[name] as { decay: object }).decay, name)).toBe(54);
  });
});

function expectScores(log: PublishedLog, expected: Record<string, unknown>): number {
  const scores = paperScores(log);
  const pick = <T>(of: (group: PaperGroupScores) => T) =>
    Object.fromEntries(
      Object.entries(scores).map(([condition, { mem, gen, gen_hard }]) => [
        condition,
        { mem: of(mem), gen: of(gen), gen_hard: of(gen_hard) },
      ]),
    );
  const steps = {
    effectivity: pick((group) => group.perInjection.effectivity),
    retainability: pick((group) => group.perInjection.retainability),
  };
  return (
    expectFigures(
      pick((group) => group.effectivity),
      expected['effectivity'],
      'effectivity',
    ) + expectFigures(steps, expected['step_eval'], 'per injection')
  );
}

function expectAll(log: PublishedLog, expected: Record<string, unknown>): number {
  const { curves, removed, removedPercent } = paperCurves(log);
  return (
    expectScores(log, expected) +
    expectFigures(curves, expected['retainability'], 'curves') +
    expectFigures(removed, expected['num_removed'], 'removed') +
    expectFigures(removedPercent, expected['percentage_removed'], 'per cent removed') +
    expectFigures(asPublished(paperDecay(curves)), expected['decay'], 'decay')
  );
}

/** In the oracle's words. */
function asPublished(fits: ReturnType<typeof paperDecay>): unknown {
  return Object.fromEntries(
    Object.entries(fits).map(([condition, kinds]) => [
      condition,
      Object.fromEntries(
        Object.entries(kinds).map(([kind, fit]) => [
          kind,
          {
            slope: fit.slope,
            decay_constant: fit.decayConstant,
            se: fit.standardError,
            r2: fit.r2,
            x_intercept: fit.xIntercept,
            intercept: fit.intercept,
            n: fit.points,
          },
        ]),
      ),
    ]),
  );
}
