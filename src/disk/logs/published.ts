import {
  PAPER_KINDS,
  PAPER_PARTS,
  PROBES_PER_EXAMPLE,
  type PaperKind,
  type PaperPart,
  type PublishedLog,
} from '../../core/dynamics/paper/publishedLog';
import { FailureError } from '../../core/failure';
import { count } from '../../core/format';
import type { Column } from '../../core/results/measured/log';
import { cutEntries, type Entry } from './entries';
import { bytesBefore, comparable, numberAt, parsePython, textOf } from './json';
import { jsonFault, placeOf, type JsonPath } from './jsonFault';
import type { LogSource, ReadLogOptions } from './source';

/** The names of an entry's tables, in the order of the published logs. */
const TABLES = PAPER_KINDS.flatMap((kind) =>
  PAPER_PARTS.map((part) => ({ kind, part, name: `${kind}_${part}` })),
);

/**
 * Reads a training log as the paper's repository publishes them (shared format: a JSON list, an object a logged step),
 * entry after entry. `null` and `NaN` stay apart, numbers are as JSON.parse reads them, with the other sign.
 * @returns notes: what the log does not have, and what that means, a sentence each
 * @throws FailureError naming file and byte: what {@link cutEntries} throws; `log-damaged` for an entry that is no JSON,
 * has not what it must, or has something else than numbers and null in its tables; `log-empty`. The signal's reason
 */
export async function readPublishedLog(
  source: LogSource,
  options: ReadLogOptions = {},
): Promise<{ readonly log: PublishedLog; readonly notes: readonly string[] }> {
  const rows: Row[] = [];
  const loggedSteps: number[] = [];
  for await (const entry of cutEntries(source.chunks(options), source.file)) {
    const { step, row } = readEntry(entry, source.file);
    loggedSteps.push(step);
    rows.push(row);
  }
  if (rows.length === 0) throw empty(source.file);
  const examples = rows.reduce((least, row) => Math.min(least, row.examples), Infinity);
  const notes = [...shortNotes(rows, examples), ...stepNotes(loggedSteps)];
  const tables = columnsOf(rows, examples);
  const logprobs = Object.fromEntries(
    PAPER_KINDS.map((kind) => [
      kind,
      Object.fromEntries(
        PAPER_PARTS.map((part) => [
          part,
          tables[TABLES.findIndex((table) => table.kind === kind && table.part === part)]!,
        ]),
      ),
    ]),
  ) as Record<PaperKind, Record<PaperPart, Column>>;
  return { log: { loggedSteps, examples, logprobs }, notes };
}

/** The tables of an entry, one after the other, each with the examples that all of the entry's have. */
interface Row {
  readonly examples: number;
  /** Of the longest of its tables. */
  readonly longest: number;
  readonly values: Float64Array;
  readonly missing: Uint8Array | undefined;
}

function readEntry(entry: Entry, file: string): { step: number; row: Row } {
  const text = textOf(entry.bytes);
  const parsed = parsePython(text);
  if ('what' in parsed) throw damaged(file, entry, parsed.what, parsed.at);
  const fields = parsed.value as Record<string, unknown>;
  const marked = parsed.marked as Record<string, unknown> | undefined;
  // Of a name that stands twice JSON.parse takes the last: then there are more texts than names and values.
  const texts = Object.values(fields).filter((value) => typeof value === 'string').length;
  if (Object.keys(fields).length + texts !== entry.strings) {
    const twice = jsonFault(comparable(text));
    if (twice !== undefined) throw damaged(file, entry, twice.what, bytesBefore(text, twice.at));
  }
  const fail = (what: string, path: JsonPath): FailureError => {
    const at = placeOf(comparable(text), path);
    return damaged(file, entry, what, at === undefined ? undefined : bytesBefore(text, at));
  };
  const { step } = fields;
  if (step === undefined) throw fail('It has no “step”.', []);
  if (typeof step !== 'number' || !Number.isSafeInteger(step))
    throw fail('“step” is no whole number.', ['step']);
  const tables = TABLES.map(({ name }) => {
    const table = fields[name];
    if (table === undefined) throw fail(`It has no “${name}”.`, []);
    if (!Array.isArray(table)) throw fail(`“${name}” is no list of lists.`, [name]);
    return table as unknown[];
  });
  const lengths = tables.map(({ length }) => length);
  const examples = Math.min(...lengths);
  const values = new Float64Array(TABLES.length * examples * PROBES_PER_EXAMPLE);
  let missing: Uint8Array | undefined;
  let at = 0;
  for (const [t, { name }] of TABLES.entries()) {
    const markedTable = marked?.[name] as unknown[][] | undefined;
    for (let e = 0; e < lengths[t]!; e++) {
      const probes = tables[t]![e];
      if (!Array.isArray(probes) || probes.length !== PROBES_PER_EXAMPLE)
        throw fail(`Each example has ${PROBES_PER_EXAMPLE} probes, and this one of “${name}” has not.`, [
          name,
          e,
        ]);
      for (let p = 0; p < PROBES_PER_EXAMPLE; p++) {
        const value = numberAt((probes as unknown[])[p], markedTable?.[e]![p]);
        if (typeof value === 'number' ? Math.abs(value) === Infinity : value !== null)
          throw fail(`This value of “${name}” is ${describe(value)}.`, [name, e, p]);
        if (e >= examples) continue;
        values[at] = typeof value === 'number' ? -value : NaN;
        if (value === null) (missing ??= new Uint8Array(values.length))[at] = 1;
        at++;
      }
    }
  }
  return { step, row: { examples, longest: Math.max(...lengths), values, missing } };
}

function describe(value: unknown): string {
  if (typeof value === 'number') return 'beyond what a double can hold';
  return Array.isArray(value)
    ? 'a list and no number'
    : `${value === null ? 'null' : typeof value} and no number`;
}

/** Entries that are turned at a time, so that what is read and what is written both stay in the processor's cache. */
const BLOCK = 64;

/** From entry by entry to series by series. */
function columnsOf(rows: readonly Row[], examples: number): Column[] {
  const series = examples * PROBES_PER_EXAMPLE;
  const steps = rows.length;
  const nulls = rows.some(({ missing }) => missing !== undefined);
  return TABLES.map((_, table) => {
    const values = new Float64Array(series * steps);
    const missing = nulls ? new Uint8Array(series * steps) : undefined;
    let any = false;
    for (let from = 0; from < steps; from += BLOCK) {
      const to = Math.min(from + BLOCK, steps);
      for (let s = 0; s < series; s++) {
        for (let i = from; i < to; i++) {
          const row = rows[i]!;
          const at = table * row.examples * PROBES_PER_EXAMPLE + s;
          values[s * steps + i] = row.values[at]!;
          if (missing !== undefined && row.missing?.[at] === 1) {
            missing[s * steps + i] = 1;
            any = true;
          }
        }
      }
    }
    return { values, missing: any ? missing : undefined };
  });
}

function shortNotes(rows: readonly Row[], examples: number): string[] {
  const longest = rows.reduce((most, row) => Math.max(most, row.longest), 0);
  const short = rows.flatMap((row, i) => (row.examples < longest ? [i] : []));
  if (short.length === 0) return [];
  return [
    `${short.length} of ${rows.length} entries (first: entry ${short[0]! + 1}) do not have all ${longest} examples; as in the published analysis, only the first ${examples} of every entry count.`,
  ];
}

function stepNotes(steps: readonly number[]): string[] {
  const i = steps.findIndex((step, at) => at > 0 && step !== steps[at - 1]! + 1);
  if (i === -1) return [];
  return [
    `The logged steps are not consecutive (${count(steps[i - 1]!)} is followed by ${count(steps[i]!)} in entry ${i + 1}): as in the published analysis, an entry's place counts as its step; the logged step is kept beside it.`,
  ];
}

function damaged(file: string, entry: Entry, what: string, at: number | undefined): FailureError {
  const where = at === undefined ? `entry from byte ${entry.offset} on` : `byte ${entry.offset + at}`;
  return new FailureError({
    code: 'log-damaged',
    message: `Entry ${entry.index + 1} of the log, which begins at byte ${entry.offset}, cannot be used. ${what}`,
    file,
    place: where,
    remedy: 'Copy the file again, or mend this place; nothing has been imported.',
  });
}

function empty(file: string): FailureError {
  return new FailureError({
    code: 'log-empty',
    message: 'The log has no entries.',
    file,
    remedy: 'Name a log that has been written to.',
  });
}
