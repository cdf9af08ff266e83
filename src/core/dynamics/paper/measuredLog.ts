import type { Column, MeasuredLog, MeasuredProbe } from '../../results/measured/log';
import {
  PAPER_KINDS,
  PROBE_KIND_OF,
  PROBES_PER_EXAMPLE,
  type PaperKind,
  type PaperPart,
  type PublishedLog,
} from './publishedLog';

const PART_OF = {
  logprob_mean: 'target',
  logprob_first: 'first',
  logprob_full: 'full',
} as const satisfies Record<string, PaperPart>;
type Values = keyof typeof PART_OF;

/** The id of a published log's probe: probe `place` (from 0) of its kind of example `example`. */
export type IdOf = (example: number, kind: PaperKind, place: number) => Omit<MeasuredProbe, 'kind'>;

/**
 * A published log as log probabilities keyed by ids: all memorization probes, then all semantic, then all composition
 * ones. Steps are the entries, of which the first is before any training.
 * @param examples how many of them; the log's own number when not given
 */
export function measuredFrom(log: PublishedLog, idOf: IdOf, examples = log.examples): MeasuredLog {
  const steps = log.loggedSteps.map((_, entry) => entry);
  const series = examples * PROBES_PER_EXAMPLE;
  const probes = PAPER_KINDS.flatMap((kind) =>
    Array.from({ length: series }, (_, s): MeasuredProbe => {
      const id = idOf(Math.floor(s / PROBES_PER_EXAMPLE), kind, s % PROBES_PER_EXAMPLE);
      return { ...id, kind: PROBE_KIND_OF[kind] };
    }),
  );
  const all = (name: Values) =>
    joined(PAPER_KINDS.map((kind) => part(log.logprobs[kind][PART_OF[name]], 0, series, steps.length)));
  return {
    steps,
    loggedSteps: log.loggedSteps,
    probes,
    logprob_mean: all('logprob_mean'),
    logprob_first: all('logprob_first'),
    logprob_full: all('logprob_full'),
  };
}

/**
 * The published log that a run's results are: for the paper's own procedure. Facts are its examples, in the order in
 * which they first stand in the log.
 * @returns undefined where the results have not its shape: 5 probes of each kind for each fact, all three values
 */
export function publishedFrom(log: MeasuredLog): PublishedLog | undefined {
  const { logprob_first, logprob_full } = log;
  if (logprob_first === undefined || logprob_full === undefined) return undefined;
  const facts = [...new Set(log.probes.map(({ fact }) => fact))];
  const example = new Map(facts.map((fact, e) => [fact, e]));
  const columns = { ...log, logprob_first, logprob_full };
  const steps = log.steps.length;
  const logprobs = {} as Record<PaperKind, Record<PaperPart, Column>>;
  for (const paperKind of PAPER_KINDS) {
    const ofFact = facts.map((): number[] => []);
    for (const [s, { fact, kind }] of log.probes.entries())
      if (kind === PROBE_KIND_OF[paperKind]) ofFact[example.get(fact)!]!.push(s);
    if (ofFact.some(({ length }) => length !== PROBES_PER_EXAMPLE)) return undefined;
    const series = ofFact.flat();
    const inOrder = series.every((s, i) => s === series[0]! + i);
    const partOf = (name: Values) =>
      inOrder
        ? part(columns[name], series[0] ?? 0, series.length, steps)
        : joined(series.map((s) => part(columns[name], s, 1, steps)));
    logprobs[paperKind] = {
      target: partOf('logprob_mean'),
      first: partOf('logprob_first'),
      full: partOf('logprob_full'),
    };
  }
  return { loggedSteps: log.loggedSteps, examples: facts.length, logprobs };
}

/** So many series of a column from one on. */
function part({ values, missing }: Column, from: number, series: number, steps: number): Column {
  const [start, end] = [from * steps, (from + series) * steps];
  return { values: values.subarray(start, end), missing: missing?.subarray(start, end) };
}

/** Columns one after the other. */
function joined(columns: readonly Column[]): Column {
  const size = columns.reduce((sum, { values }) => sum + values.length, 0);
  const single = columns.every(({ values }) => values instanceof Float32Array);
  const values = single ? new Float32Array(size) : new Float64Array(size);
  const missing = columns.some((column) => column.missing !== undefined) ? new Uint8Array(size) : undefined;
  let at = 0;
  for (const column of columns) {
    values.set(column.values, at);
    if (column.missing !== undefined) missing!.set(column.missing, at);
    at += column.values.length;
  }
  return { values, missing };
}
