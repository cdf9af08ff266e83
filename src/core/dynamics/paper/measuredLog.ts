import type { Column, MeasuredLog, MeasuredProbe } from '../../results/measured';
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
 * ones. Steps are the entries, of which the first is before any training. Losses are negated, which is exact.
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
    negated(
      PAPER_KINDS.map((kind) => part(log.losses[kind][PART_OF[name]], 0, series, steps.length)),
      steps.length * series,
    );
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
  const losses = {} as Record<PaperKind, Record<PaperPart, Column>>;
  for (const paperKind of PAPER_KINDS) {
    const ofFact = facts.map((): number[] => []);
    for (const [s, { fact, kind }] of log.probes.entries())
      if (kind === PROBE_KIND_OF[paperKind]) ofFact[example.get(fact)!]!.push(s);
    if (ofFact.some(({ length }) => length !== PROBES_PER_EXAMPLE)) return undefined;
    const series = ofFact.flat();
    const negatedPart = (name: Values) =>
      negated(
        series.map((s) => part(columns[name], s, 1, steps)),
        steps,
      );
    losses[paperKind] = {
      target: negatedPart('logprob_mean'),
      first: negatedPart('logprob_first'),
      full: negatedPart('logprob_full'),
    };
  }
  return { loggedSteps: log.loggedSteps, examples: facts.length, losses };
}

/** So many series of a column from one on. */
function part({ values, missing }: Column, from: number, series: number, steps: number): Column {
  const [start, end] = [from * steps, (from + series) * steps];
  return { values: values.subarray(start, end), missing: missing?.subarray(start, end) };
}

/** Columns one after the other, with the other sign. @param size of each */
function negated(columns: readonly Column[], size: number): Column {
  const values = new Float64Array(columns.length * size);
  const missing = columns.some((column) => column.missing !== undefined)
    ? new Uint8Array(values.length)
    : undefined;
  for (const [c, column] of columns.entries()) {
    for (let i = 0; i < size; i++) values[c * size + i] = -column.values[i]!;
    if (column.missing !== undefined) missing!.set(column.missing, c * size);
  }
  return { values, missing };
}
