import { isScored, type Fact, type Probe, type ProbeFile } from '../probes/model';
import { contentKeys, type ScoredText } from './key';
import type { Part } from './part';
import type { ScoreRow } from './row';

/** Values at steps, ascending and without repeats. What is missing is not there. */
export interface Series {
  /** Updates completed. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

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
  readonly newest: ScoreRow | undefined;
  /** The newest score of what was the first target before the probe's text changed. */
  readonly newestStale: ScoreRow | undefined;
}

export interface RunSeries {
  /** Steps at which any probe has a current score, ascending. */
  readonly steps: readonly number[];
  /** One for each probe of the file that takes part, in the file's order. */
  readonly probes: readonly ProbeSeries[];
  /** Probes × steps with scores of an older text only. */
  readonly stale: number;
}

/** Whether a row's key is that of a text under the part's scorer. Parts without a scorer know their rows by ids alone. */
export type KeyCheck = (part: Part, row: ScoreRow, text: ScoredText) => boolean;

/** A {@link KeyCheck} that hashes each row once, as long as its probe's text stays. */
export function createKeyCheck(): KeyCheck {
  const keysOf = new WeakMap<Part, (text: ScoredText) => string>();
  const checked = new WeakMap<ScoreRow, ScoredText & { readonly matches: boolean }>();
  return (part, row, text) => {
    if (part.metadata.scorer === null) return true;
    const known = checked.get(row);
    if (known?.prompt === text.prompt && known.continuation === text.continuation) return known.matches;
    const keys = keysOf.get(part) ?? contentKeys(part.metadata.scorer);
    keysOf.set(part, keys);
    const matches = keys(text) === row.key;
    checked.set(row, { ...text, matches });
    return matches;
  };
}

/**
 * The series of a run: its rows sorted by probe, each checked against the probe file's present text by its content key.
 * @param parts of one run, older ones first: of two scores of the same text at the same step the later one counts
 */
export function runSeries(
  file: ProbeFile,
  parts: readonly Part[],
  matches: KeyCheck = createKeyCheck(),
): RunSeries {
  const all = collectRows(file, parts, matches);
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

/**
 * The rows that count: of the probes that take part, their present texts, the later of two scores of one text. By
 * probe, then targets, further accepted targets and foils, then step.
 * @param parts of one run, older ones first
 */
export function currentRows(
  file: ProbeFile,
  parts: readonly Part[],
  matches: KeyCheck = createKeyCheck(),
): ScoreRow[] {
  return collectRows(file, parts, matches).flatMap(({ target, alternatives, foils }) =>
    [target, ...alternatives, ...foils.values()].flatMap((rows) =>
      [...rows.values()].sort((a, b) => a.step - b.step),
    ),
  );
}

/** Rows by step. */
type Rows = Map<number, ScoreRow>;

interface Collected {
  readonly fact: Fact;
  readonly probe: Probe;
  readonly target: Rows;
  /** In the order of the further accepted targets. */
  readonly alternatives: readonly Rows[];
  /** By text: foils that nobody has written are chosen by the scorer. */
  readonly foils: Map<string, Rows>;
  /** First targets of an older text. */
  readonly stale: Rows;
}

/** One for each probe that takes part, in the file's order. */
function collectRows(file: ProbeFile, parts: readonly Part[], matches: KeyCheck): Collected[] {
  const collected = new Map<string, Map<string, Collected>>();
  for (const fact of file.facts) {
    const probes = fact.probes
      .filter(isScored)
      .map((probe) => [probe.id.value, collect(fact, probe)] as const);
    collected.set(fact.id.value, new Map(probes));
  }
  for (const part of parts) {
    for (const row of part.rows) {
      const probe = collected.get(row.fact)?.get(row.probe);
      if (probe !== undefined) sort(row, probe, matches.bind(undefined, part));
    }
  }
  return [...collected.values()].flatMap((probes) => [...probes.values()]);
}

function collect(fact: Fact, probe: Probe): Collected {
  return {
    fact,
    probe,
    target: new Map(),
    alternatives: probe.targets.slice(1).map(() => new Map()),
    foils: new Map(probe.foils.map(({ value }) => [value, new Map<number, ScoreRow>()])),
    stale: new Map(),
  };
}

function sort(row: ScoreRow, into: Collected, matches: (row: ScoreRow, text: ScoredText) => boolean): void {
  const { probe } = into;
  const place = placeOf(row, into);
  const prompt = probe.prompt.value;
  if (place !== undefined && matches(row, { prompt, continuation: probe.join + row.text })) {
    place.set(row.step, row);
  } else if (row.role === 'target') into.stale.set(row.step, row);
}

/** Where a row of this text belongs; undefined where the probe no longer has such a text. */
function placeOf({ role, index, text }: ScoreRow, into: Collected): Rows | undefined {
  const { targets, foils } = into.probe;
  switch (role) {
    case 'target':
      return text === targets[0]?.value ? into.target : undefined;
    case 'alternative':
      return text === targets[index + 1]?.value ? into.alternatives[index] : undefined;
    case 'foil': {
      if (foils.length === 0 && !into.foils.has(text)) into.foils.set(text, new Map());
      return into.foils.get(text);
    }
  }
}

function seriesOf(collected: Collected, runSteps: readonly number[]): ProbeSeries {
  const { fact, probe, target, alternatives, foils, stale } = collected;
  const accepted = [target, ...alternatives];
  return {
    fact,
    probe,
    target: series(runSteps, accepted, (rows) => (rows.length === 1 ? rows[0]!.logprob_mean : anyOf(rows))),
    foils: foilSeries(runSteps, [...foils.values()], probe.foils.length > 0),
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
  const steps = runSteps.filter((step) => all.every((rows) => rows.has(step)));
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

/**
 * @param written whether the probe gives its foils: then all of them are needed. Chosen ones change when facts are
 * added; the ones scored at most steps are one such choice.
 */
function foilSeries(
  runSteps: readonly number[],
  foils: readonly Rows[],
  written: boolean,
): Series | undefined {
  const most = Math.max(0, ...foils.map(({ size }) => size));
  if (most === 0) return undefined;
  const used = written ? foils : foils.filter(({ size }) => size === most);
  return series(
    runSteps,
    used,
    (rows) => rows.reduce((sum, { logprob_mean }) => sum + logprob_mean, 0) / rows.length,
  );
}

function newest(rows: Rows): ScoreRow | undefined {
  return rows.size === 0 ? undefined : rows.get(Math.max(...rows.keys()));
}
