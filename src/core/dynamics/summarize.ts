import { PROBE_KINDS, type Fact, type Probe, type Run } from '../probes/model';
import type { NewestScore, RunSeries } from '../results/series';
import { baseline } from './metrics/acquisition';
import { gainSet } from './groupRetention';
import type { Member } from './members';
import { nullOf } from './metrics/null';
import { retainability, type Gain } from './metrics/retention';
import { mean } from './statistics';
import type { FactSummary, FileSummary, ProbeSummary } from './summary';

/**
 * How far the runs have been scored. A checkpoint counts as soon as one probe has a current score there: else one probe
 * that was edited, or cannot be scored, would have everything look unscored.
 * @param runs with the steps of their checkpoints on disk
 */
export function summarizeRuns(
  runs: readonly {
    readonly run: Run;
    readonly series: RunSeries;
    readonly checkpoints: readonly number[];
  }[],
): Pick<FileSummary, 'runs' | 'missing'> {
  const anywhere = new Set<Probe>();
  const summaries = runs.map(({ run, series, checkpoints }) => {
    const known = new Set(series.steps);
    const scored = checkpoints.filter((step) => known.has(step));
    const missing = series.probes.filter(({ target: { steps } }) => {
      // Probes that have all steps share one array.
      if (steps === series.steps) return false;
      const own = new Set(steps);
      return !scored.every((step) => own.has(step));
    });
    for (const { probe } of missing) anywhere.add(probe);
    return {
      run: run.id.value,
      checkpoints: checkpoints.length,
      scored: scored.length,
      missing: missing.length,
    };
  });
  return { runs: summaries, missing: anywhere.size };
}

/**
 * The newest score of each probe that has one; a current score before a stale one.
 * @param withTokens the same row with its token table, where it is at hand
 */
export function summarizeProbes(
  run: Run,
  members: readonly Member[],
  withTokens: (score: NewestScore) => NewestScore,
): ProbeSummary[] {
  return members.flatMap(({ fact, probe, target, reference, newest, newestStale }) => {
    const row = newest ?? newestStale;
    if (row === undefined) return [];
    const { step, greedy, tokens } = withTokens(row);
    const stale = newest === undefined;
    // Where a further accepted target is not scored yet, the first one alone is no change of what all of them had.
    const whole = !stale && target.steps.at(-1) === step;
    const start = whole ? baseline(target, reference, 0)?.value : undefined;
    const current = whole ? target.values.at(-1)! : row.logprob_mean;
    return [
      {
        fact: fact.id.value,
        probe: probe.id.value,
        run: run.id.value,
        step,
        logprob: current,
        change: start === undefined ? null : current - start,
        rank: tokens[0]?.rank ?? null,
        greedy,
        stale,
        key: row.key,
      },
    ];
  });
}

/**
 * How much of each fact is kept: mean R at one lag over its probes in all runs, those whose rise is above the null.
 * @param runs the file's runs with their members
 */
export function summarizeFacts(
  facts: readonly Fact[],
  runs: readonly { readonly run: Run; readonly series: RunSeries; readonly members: readonly Member[] }[],
): FactSummary[] {
  const gains = new Map<Fact, Gain[]>();
  for (const { run, members } of runs) {
    const nulls = new Map(PROBE_KINDS.map((kind) => [kind, nullOf(members, kind, run.window)]));
    for (const member of members) {
      const { fact, probe, encounters } = member;
      if (encounters.length === 0) continue;
      const rise = ({ reference }: Member) => nulls.get(probe.kind)!.rise(reference);
      const { used } = gainSet([member], rise, run.window);
      const known = gains.get(fact);
      if (known === undefined) gains.set(fact, [...used]);
      else known.push(...used);
    }
  }
  return facts.map((fact) => {
    const used = gains.get(fact) ?? [];
    const lag = roundLag(Math.min(...used.map(({ longestLag }) => longestLag)));
    return {
      fact: fact.id.value,
      retained: lag === null ? null : mean(used.map((gain) => retainability(gain, lag)!))!,
      lag,
    };
  });
}

/** The lag that is shown: 1,000 where the data reach so far, else the largest of 1, 2, 5, 10, … inside them. */
const USUAL_LAG = 1000;

function roundLag(longest: number): number | null {
  if (!Number.isFinite(longest) || longest < 1) return null;
  if (longest >= USUAL_LAG) return USUAL_LAG;
  const decade = 10 ** Math.floor(Math.log10(longest));
  return decade * [5, 2, 1].find((digit) => digit * decade <= longest)!;
}
