import { count } from '../../format';
import { conditionIn, isScored, type Fact, type Probe, type ProbeFile, type Run } from '../../probes/model';
import type { Column, MeasuredLog } from './log';
import type { ResultRow } from '../row';
import type { NewestScore, ProbeSeries, RunSeries, Series } from '../series';

/**
 * The series of a run whose results were measured elsewhere: those of the file's probes that the log has, told apart by
 * ids alone, since a log has no content keys. What is missing is not there, and NaN neither, which is told in a note.
 */
export function measuredSeries(file: ProbeFile, log: MeasuredLog): RunSeries {
  const seriesIn = seriesById(log);
  const probes = scoredProbes(file).map(({ fact, probe }): ProbeSeries => {
    const s = seriesIn(fact, probe);
    const target = s === undefined ? NOTHING : seriesOf(log.steps, log.logprob_mean, s);
    const foils = s === undefined ? NOTHING : seriesOf(log.steps, log.logprob_foils, s);
    return {
      fact,
      probe,
      target,
      foils: foils.steps.length === 0 ? undefined : foils,
      newest: newest(fact, probe, target),
      newestStale: undefined,
    };
  });
  return { steps: stepsOf(log, probes), probes, stale: 0, notes: notesOn(file, log) };
}

const NOTHING: Series = { steps: [], values: [] };

function seriesOf(steps: readonly number[], column: Column | undefined, s: number): Series {
  if (column === undefined) return NOTHING;
  const values = Array.from(column.values.subarray(s * steps.length, (s + 1) * steps.length));
  // Probes that have all steps share one array: what depends on the steps alone is then computed once.
  if (!values.some(Number.isNaN)) return { steps, values };
  return {
    steps: steps.filter((_, i) => !Number.isNaN(values[i])),
    values: values.filter((value) => !Number.isNaN(value)),
  };
}

function newest(fact: Fact, probe: Probe, { steps, values }: Series): NewestScore | undefined {
  const step = steps.at(-1);
  if (step === undefined) return undefined;
  return {
    fact: fact.id.value,
    probe: probe.id.value,
    step,
    logprob_mean: values.at(-1)!,
    tokens: [],
    greedy: null,
    key: null,
  };
}

/** Those at which any probe has a value. */
function stepsOf({ steps }: MeasuredLog, probes: readonly ProbeSeries[]): readonly number[] {
  if (probes.some(({ target }) => target.steps === steps)) return steps;
  const any = new Set(probes.flatMap(({ target }) => target.steps));
  return steps.filter((step) => any.has(step));
}

function notesOn(file: ProbeFile, { logprob_mean: { values, missing }, probes }: MeasuredLog): string[] {
  let nan = 0;
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]) && missing?.[i] !== 1) nan++;
  const known = new Set(scoredProbes(file).map(({ fact, probe }) => nameOf(fact.id.value, probe.id.value)));
  const others = probes.filter(({ fact, probe }) => !known.has(nameOf(fact, probe))).length;
  return [
    nan > 0 && `${count(nan)} values of the log are NaN and left out.`,
    others > 0 && `${count(others)} probes of the log are not in the probe file, or excluded there.`,
  ].filter((note) => note !== false);
}

/**
 * The rows of a log for the file's probes, by probe and then step, one at a time: a published log has 4 million. What
 * the log does not say is null.
 * @param fact only this fact's
 */
export function* measuredRows(
  file: ProbeFile,
  run: Run,
  log: MeasuredLog,
  only?: string,
): Generator<ResultRow, void, undefined> {
  const seriesIn = seriesById(log);
  for (const { fact, probe } of scoredProbes(file)) {
    const s = seriesIn(fact, probe);
    if (s === undefined || (only !== undefined && fact.id.value !== only)) continue;
    const condition = conditionIn(fact, run.id.value) ?? null;
    const text = probe.targets[0]!.value;
    for (const [i, step] of log.steps.entries()) {
      const at = s * log.steps.length + i;
      if (log.logprob_mean.missing?.[at] === 1) continue;
      // Name by name: of a spread V8 would make each of millions of rows a hidden class of its own.
      yield {
        run: run.id.value,
        step,
        logged_step: log.loggedSteps[i]!,
        fact: fact.id.value,
        probe: probe.id.value,
        kind: probe.kind,
        condition,
        role: 'target',
        index: 0,
        text,
        n_tokens: null,
        n_bytes: null,
        logprob_mean: log.logprob_mean.values[at]!,
        logprob_sum: null,
        logprob_first: valueAt(log.logprob_first, at),
        logprob_full: valueAt(log.logprob_full, at),
        greedy: null,
        tokens: [],
        key: null,
      };
    }
  }
}

function valueAt(column: Column | undefined, at: number): number | null {
  return column === undefined || column.missing?.[at] === 1 ? null : column.values[at]!;
}

function scoredProbes(file: ProbeFile): { fact: Fact; probe: Probe }[] {
  return file.facts.flatMap((fact) => fact.probes.filter(isScored).map((probe) => ({ fact, probe })));
}

function seriesById(log: MeasuredLog): (fact: Fact, probe: Probe) => number | undefined {
  const series = new Map(log.probes.map(({ fact, probe }, s) => [nameOf(fact, probe), s]));
  return (fact, probe) => series.get(nameOf(fact.id.value, probe.id.value));
}

function nameOf(fact: string, probe: string): string {
  return JSON.stringify([fact, probe]);
}
