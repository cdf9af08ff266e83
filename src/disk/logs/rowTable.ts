import { FailureError } from '../../core/failure';
import { count } from '../../core/format';
import { PROBE_KINDS, type ProbeKind } from '../../core/probes/model';
import type { MeasuredLog, MeasuredProbe } from '../../core/results/measured/log';
import { VALUE_COLUMNS } from '../../core/results/measured/columns';
import type { LogColumn } from './columnNames';
import { growingDoubles, growingIntegers } from './growing';
import { numberIn, stepIn, wordIn } from './cells';
import { columnOf, isGiven, placeRows } from './rowGrid';
import { empty, severalRuns, sparse, unknownRun } from './rowTableFailures';

/** Gives a row's cells; undefined where the file has no such column. */
export type Cells = (column: LogColumn) => unknown;

export interface RowTable {
  /**
   * @param place the row's line or number, from 1
   * @throws FailureError `log-value`, naming the place
   */
  add(cells: Cells, place: number): void;
  /** @throws FailureError `duplicate-row`, `log-empty`, `log-sparse`, `unknown-run`, `several-runs` */
  finish(): {
    readonly log: MeasuredLog;
    readonly run: string | undefined;
    readonly notes: readonly string[];
  };
}

export interface RowTableOptions {
  /** Named in failures. */
  readonly file: string;
  /** What rows are counted in: `line` or `row`. */
  readonly place: string;
  /** Rows of other runs are left out. */
  readonly run?: string | undefined;
  /** Whether cells are texts, as in CSV, so that numbers have to be made of them. */
  readonly textual?: boolean;
}

/** Steps × probes at most. */
const MOST_CELLS = 50_000_000;

/** Collects rows of named columns, in any order, into a log: a cell for each probe and step. */
export function createRowTable({
  file,
  place: word,
  run: wanted,
  textual = false,
}: RowTableOptions): RowTable {
  const series = new Map<string, Map<string, number>>();
  const probes: { fact: string; probe: string; kind?: ProbeKind }[] = [];
  const [ofSeries, places, steps] = [growingIntegers(), growingDoubles(), growingDoubles()];
  const values = VALUE_COLUMNS.map(growingDoubles);
  const missing = VALUE_COLUMNS.map(growingIntegers);
  const runs = new Set<string>();
  let [otherRuns, otherRoles] = [0, 0];

  const seriesOf = (fact: string, probe: string, kind: ProbeKind | undefined): number => {
    let ofFact = series.get(fact);
    if (ofFact === undefined) series.set(fact, (ofFact = new Map<string, number>()));
    const known = ofFact.get(probe);
    if (known !== undefined) return known;
    ofFact.set(probe, probes.length);
    return probes.push({ fact, probe, ...(kind !== undefined && { kind }) }) - 1;
  };

  return {
    add: (cells, place) => {
      const fail = (column: LogColumn, what: string): FailureError =>
        new FailureError({
          code: 'log-value',
          message: `“${column}” ${what}.`,
          file,
          place: `${word} ${place}`,
          remedy: 'Correct this place; nothing has been imported.',
        });
      const run = cells('run');
      if (typeof run === 'string' && run !== '') {
        runs.add(run);
        if (wanted !== undefined && run !== wanted) {
          otherRuns++;
          return;
        }
      }
      const role = cells('role');
      if (typeof role === 'string' && role !== '' && role !== 'target') {
        otherRoles++;
        return;
      }
      const step = stepIn(cells('step'), textual);
      if (step === undefined) throw fail('step', 'is no whole number of updates');
      const fact = wordIn(cells('fact'));
      if (fact === undefined) throw fail('fact', 'is no id');
      const probe = wordIn(cells('probe'));
      if (probe === undefined) throw fail('probe', 'is no id');
      const number = (column: LogColumn): number | null => {
        const value = numberIn(cells(column), textual);
        if (typeof value === 'string') throw fail(column, value);
        return value;
      };
      const read = {
        logprob_mean: number('logprob_mean') ?? perToken(number('logprob_sum'), number('n_tokens'), fail),
        logprob_first: number('logprob_first'),
        logprob_full: number('logprob_full'),
        logprob_foils: number('logprob_foils'),
      };
      const kind = PROBE_KINDS.find((known) => known === cells('kind'));
      ofSeries.push(seriesOf(fact, probe, kind));
      steps.push(step);
      places.push(place);
      for (const [v, name] of VALUE_COLUMNS.entries()) {
        const value = read[name];
        // Rounding in low precision may give a little more than 0.
        if (value !== null && value > 1e-3)
          throw fail(name, `is ${value}, and a log probability is never above 0 (a loss is its negative)`);
        values[v]!.push(value ?? NaN);
        missing[v]!.push(value === null ? 1 : 0);
      }
    },
    finish: () => {
      const [run, ...others] = runs;
      if (wanted !== undefined && run !== undefined && !runs.has(wanted))
        throw unknownRun(wanted, runs, file);
      if (wanted === undefined && others.length > 0) throw severalRuns(runs, file);
      const rows = { series: ofSeries.all(), places: places.all(), steps: steps.all() };
      if (rows.steps.length === 0) throw empty(file);
      const ascending = Float64Array.from(new Set(rows.steps)).sort();
      const size = ascending.length * probes.length;
      if (size > MOST_CELLS) throw sparse(ascending.length, probes.length, rows.steps.length, file);
      const given = {
        values: values.map((each) => each.all()),
        missing: missing.map((each) => each.all()),
      };
      const said = [...given.values, ...given.missing];
      const { rowAt, same } = placeRows(rows, ascending, probes, said, { file, word });
      const [mean, first, full, foils] = VALUE_COLUMNS.map((_, v) =>
        columnOf(rowAt, given.values[v]!, given.missing[v]!),
      );
      const logged = [...ascending];
      const unmeasured = size - rows.steps.length + same;
      const log: MeasuredLog = {
        steps: logged,
        loggedSteps: logged,
        probes: probes satisfies readonly MeasuredProbe[],
        logprob_mean: mean!,
        ...(isGiven(first!) && { logprob_first: first }),
        ...(isGiven(full!) && { logprob_full: full }),
        ...(isGiven(foils!) && { logprob_foils: foils }),
      };
      const notes = [
        otherRuns > 0 && `${count(otherRuns)} rows of other runs are left out.`,
        otherRoles > 0 &&
          `Rows of foils and further targets are left out (${count(otherRoles)}); the mean of a probe’s foils may stand in its row, as “logprob_foils”.`,
        same > 0 && `${count(same)} rows stand more than once with the same values.`,
        unmeasured > 0 && `${count(unmeasured)} of ${count(size)} probes × steps have no row.`,
      ];
      return { log, run: wanted ?? run, notes: notes.filter((note) => note !== false) };
    },
  };
}

function perToken(
  sum: number | null,
  tokens: number | null,
  fail: (column: LogColumn, what: string) => FailureError,
): number | null {
  if (sum === null || tokens === null) return null;
  if (!Number.isInteger(tokens) || tokens < 1) throw fail('n_tokens', 'is no number of tokens');
  return sum / tokens;
}
