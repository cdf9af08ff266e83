import type { Fact, Probe, ProbeFile } from '../probes/model';
import { collectRows, type Collected, type RowOptions, type Rows } from './currentRows';
import type { Part } from './part';
import type { ScoreRow } from './row';

/** Values at steps, ascending and without repeats. What is missing is not there. */
export interface Series {
  /** Updates completed. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** What is shown of a score; a log knows neither tokens nor what greedy decoding gives, and has no content keys. */
export type NewestScore = Pick<ScoreRow, 'fact' | 'probe' | 'step' | 'logprob_mean' | 'tokens'> & {
  readonly greedy: boolean | null;
  readonly key: string | null;
};

/** All that one run tells of one probe. */
export interface ProbeSeries {
  readonly fact: Fact;
  readonly probe: Probe;
  /**
   * ℓ, nats per token. Of several accepted targets the log-sum-exp of their sums, divided by the number of tokens of
   * the first, so that one target alone gives its mean; only at steps where all of them have scores.
   */
  readonly target: Series;
  /** Mean ℓ of the foils, at steps where all of them have scores; undefined without foils. */
  readonly foils: Series | undefined;
  /** The newest score of the first target. */
  readonly newest: NewestScore | undefined;
  /** The newest score of what was the first target before the probe's text, or the model, changed. */
  readonly newestStale: NewestScore | undefined;
}

export interface RunSeries {
  /** Steps at which any probe has a current score, ascending. */
  readonly steps: readonly number[];
  /** One for each probe of the file that takes part, in the file's order. */
  readonly probes: readonly ProbeSeries[];
  /** Probes × steps with scores of an older text, or of another model than the step's last one, only. */
  readonly stale: number;
  /** What a reader of the figures has to know of where they come from, a sentence each. */
  readonly notes?: readonly string[];
}

/**
 * The series of a run: its rows sorted by probe, each checked against the probe file's present text by its content key.
 * @param parts of one run, older ones first: of two scores of the same text at the same step the later one counts
 */
export function runSeries(file: ProbeFile, parts: readonly Part[], options: RowOptions = {}): RunSeries {
  const all = collectRows(file, parts, options);
  const steps = [...new Set(all.flatMap(({ target }) => [...target.keys()]))].sort((a, b) => a - b);
  return {
    steps,
    probes: all.map((probe) => seriesOf(probe, steps)),
    stale: all.reduce(
      (sum, { target, stale }) => sum + [...stale.keys()].filter((step) => !target.has(step)).length,
      0,
    ),
  };
}

function seriesOf(collected: Collected, runSteps: readonly number[]): ProbeSeries {
  const { fact, probe, target, alternatives, foils, anyFoil, stale } = collected;
  const accepted = [target, ...alternatives];
  return {
    fact,
    probe,
    target: series(runSteps, accepted, (rows) => (rows.length === 1 ? rows[0]!.logprob_mean : anyOf(rows))),
    foils: foilSeries(runSteps, [...foils.values()], anyFoil),
    newest: newest(target),
    newestStale: newest(stale),
  };
}

/** Values where all have rows. */
function series(
  runSteps: readonly number[],
  all: readonly Rows[],
  value: (rows: readonly ScoreRow[]) => number,
): Series {
  const known = runSteps.filter((step) => all.every((rows) => rows.has(step)));
  // Probes that have all steps share one array: what depends on the steps alone is then computed once.
  const steps = known.length === runSteps.length ? runSteps : known;
  const values = steps.map((step) => value(all.map((rows) => rows.get(step)!)));
  return { steps, values };
}

/** ln of the probability of any of the texts, per token of the first. */
function anyOf(rows: readonly ScoreRow[]): number {
  const sums = rows.map(({ logprob_sum }) => logprob_sum);
  const most = Math.max(...sums);
  const total = most + Math.log(sums.reduce((sum, each) => sum + Math.exp(each - most), 0));
  return total / rows[0]!.n_tokens;
}

/** @param any whether nobody knows which foils belong together: then those scored at most steps do */
function foilSeries(runSteps: readonly number[], foils: readonly Rows[], any: boolean): Series | undefined {
  const most = Math.max(0, ...foils.map(({ size }) => size));
  if (most === 0) return undefined;
  const used = any ? foils.filter(({ size }) => size === most) : foils;
  return series(
    runSteps,
    used,
    (rows) => rows.reduce((sum, { logprob_mean }) => sum + logprob_mean, 0) / rows.length,
  );
}

function newest(rows: Rows): ScoreRow | undefined {
  return rows.size === 0 ? undefined : rows.get(Math.max(...rows.keys()));
}
