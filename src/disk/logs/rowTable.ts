import { FailureError } from '../../core/failure';
import { count } from '../../core/format';
import { PROBE_KINDS, type ProbeKind } from '../../core/probes/model';
import type { Column, MeasuredLog, MeasuredProbe } from '../../core/results/measured';
import type { LogColumn } from './columnNames';
import { growingDoubles, growingIntegers } from './growing';
import { numberIn, stepIn, wordIn } from './cells';

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

/** Values that are kept: the mean first. */
const VALUES = ['logprob_mean', 'logprob_first', 'logprob_full'] as const;
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
  const values = VALUES.map(growingDoubles);
  const missing = VALUES.map(growingIntegers);
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
      };
      const kind = PROBE_KINDS.find((known) => known === cells('kind'));
      ofSeries.push(seriesOf(fact, probe, kind));
      steps.push(step);
      places.push(place);
      for (const [v, name] of VALUES.entries()) {
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
      const { rowAt, same } = placeRows(rows, ascending, probes, given.values, { file, word });
      const [mean, first, full] = VALUES.map((_, v) => columnOf(rowAt, given.values[v]!, given.missing[v]!));
      const logged = [...ascending];
      const unmeasured = size - rows.steps.length + same;
      const log: MeasuredLog = {
        steps: logged,
        loggedSteps: logged,
        probes: probes satisfies readonly MeasuredProbe[],
        logprob_mean: mean!,
        ...(isGiven(first!) && { logprob_first: first }),
        ...(isGiven(full!) && { logprob_full: full }),
      };
      const notes = [
        otherRuns > 0 && `${count(otherRuns)} rows of other runs are left out.`,
        otherRoles > 0 && `${count(otherRoles)} rows of foils and further targets are left out.`,
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

interface Rows {
  readonly series: Uint32Array;
  readonly places: Float64Array;
  readonly steps: Float64Array;
}

/** For each cell 1 + the number of its row, 0 where there is none; how many rows say what another has said. */
function placeRows(
  { series, places, steps }: Rows,
  ascending: Float64Array,
  probes: readonly MeasuredProbe[],
  values: readonly Float64Array[],
  { file, word }: { readonly file: string; readonly word: string },
): { readonly rowAt: Uint32Array; readonly same: number } {
  const indexOf = new Map(Array.from(ascending, (step, i) => [step, i]));
  const rowAt = new Uint32Array(ascending.length * probes.length);
  let same = 0;
  for (let row = 0; row < steps.length; row++) {
    const at = series[row]! * ascending.length + indexOf.get(steps[row]!)!;
    const before = rowAt[at]! - 1;
    if (before === -1) rowAt[at] = row + 1;
    else if (values.every((each) => Object.is(each[before], each[row]))) same++;
    else {
      const { fact, probe } = probes[series[row]!]!;
      throw new FailureError({
        code: 'duplicate-row',
        message: `${fact}/${probe} has two different rows at step ${steps[row]!}.`,
        file,
        place: `${word} ${places[before]!} and ${word} ${places[row]!}`,
        remedy: 'Keep one of the two; several runs need a column “run” and --run.',
      });
    }
  }
  return { rowAt, same };
}

function columnOf(rowAt: Uint32Array, values: Float64Array, missing: Uint32Array): Column {
  const out = { values: new Float64Array(rowAt.length).fill(NaN), missing: new Uint8Array(rowAt.length) };
  let any = false;
  for (const [at, row] of rowAt.entries()) {
    if (row > 0 && missing[row - 1] === 0) out.values[at] = values[row - 1]!;
    else {
      out.missing[at] = 1;
      any = true;
    }
  }
  return { values: out.values, missing: any ? out.missing : undefined };
}

function isGiven({ missing }: Column): boolean {
  return missing === undefined || missing.includes(0);
}

function empty(file: string): FailureError {
  return new FailureError({
    code: 'log-empty',
    message: 'The log has no rows.',
    file,
    remedy: 'Name a log that has been written to.',
  });
}

function sparse(steps: number, probes: number, rows: number, file: string): FailureError {
  return new FailureError({
    code: 'log-sparse',
    message: `The log has ${count(steps)} steps and ${count(probes)} probes, of which ${count(rows)} are measured together; a table of all of them would be too large.`,
    file,
    remedy: 'Check that “step” and “probe” are what they should be, or import the log in parts.',
  });
}

function unknownRun(wanted: string, runs: ReadonlySet<string>, file: string): FailureError {
  return new FailureError({
    code: 'unknown-run',
    message: `The log has no run “${wanted}”.`,
    file,
    remedy: `Its runs: ${some(runs)}.`,
  });
}

function severalRuns(runs: ReadonlySet<string>, file: string): FailureError {
  return new FailureError({
    code: 'several-runs',
    message: `The log has ${runs.size} runs: ${some(runs)}.`,
    file,
    remedy: 'Choose one with --run, and import each into a folder of its own.',
  });
}

function some(runs: ReadonlySet<string>): string {
  return [...runs].slice(0, 8).join(', ') + (runs.size > 8 ? ', …' : '');
}
