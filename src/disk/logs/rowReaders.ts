import { FailureError } from '../../core/failure';
import { csvRecords } from '../csvRecords';
import { findColumns, type FoundColumns, type Renamed } from './columnNames';
import { cutEntries } from './entries';
import { bytesBefore, comparable, numberAt, parsePython, textOf, type PythonJson } from './json';
import { jsonFault } from './jsonFault';
import { eachLine } from './lines';
import type { RowTable } from './rowTable';
import type { LogSource, ReadLogOptions } from './source';

export interface RowReading extends ReadLogOptions {
  readonly renamed: Renamed;
  readonly table: RowTable;
}

/** Reads the rows of a file into a table. @returns notes, a sentence each @throws FailureError naming the place */
export type RowReader = (source: LogSource, reading: RowReading) => Promise<readonly string[]>;

/** A JSON object a line, as training loops log. Places are lines. */
export const readJsonLines: RowReader = async (source, reading) => {
  const read = objectReader(source.file, reading);
  await eachLine(source, reading, (line, number, offset) => {
    if (!/\S/.test(line)) return;
    read(line, number, (at) => (at === undefined ? `line ${number}` : `line ${number}, byte ${offset + at}`));
  });
  return read.notes();
};

/** A JSON list of objects, as pandas writes records. Places are entries. */
export const readJsonRows: RowReader = async (source, reading) => {
  const read = objectReader(source.file, reading);
  for await (const { bytes, offset, index } of cutEntries(source.chunks(reading), source.file))
    read(textOf(bytes), index + 1, (at) => `entry ${index + 1}, byte ${offset + (at ?? 0)}`);
  return read.notes();
};

/** Reads objects, the first of which says which columns there are. */
function objectReader(file: string, { renamed, table }: RowReading) {
  let first: ReturnType<typeof findColumns> | undefined;
  const read = (text: string, place: number, where: (at?: number) => string): void => {
    const parsed = parsePython(text);
    if ('what' in parsed) throw broken(file, parsed.what, where(parsed.at));
    const row = rowOf(parsed);
    if (row === undefined) throw broken(file, 'It is no object.', where());
    // Of a name that stands twice JSON.parse takes the last: then there are more quotes than those of names and texts.
    const texts =
      Object.keys(row).length + Object.values(row).filter((each) => typeof each === 'string').length;
    if (quotesIn(text) !== 2 * texts) {
      const twice = jsonFault(comparable(text));
      if (twice !== undefined) throw broken(file, twice.what, where(bytesBefore(text, twice.at)));
    }
    first ??= findColumns(Object.keys(row), renamed, file);
    table.add((column) => row[renamed[column] ?? column], place);
  };
  return Object.assign(read, { notes: () => first?.notes ?? [] });
}

function rowOf({ value, marked }: PythonJson): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const row = value as Record<string, unknown>;
  if (marked === undefined) return row;
  const other = marked as Record<string, unknown>;
  return Object.fromEntries(Object.entries(row).map(([name, each]) => [name, numberAt(each, other[name])]));
}

function quotesIn(text: string): number {
  let quotes = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) quotes++;
  return quotes;
}

/** CSV with a heading line; tabs or semicolons may stand for commas. Places are lines. */
export const readCsv: RowReader = async (source, reading) => {
  let columns: { readonly found: FoundColumns; readonly notes: readonly string[] } | undefined;
  let indexOf = new Map<string, number>();
  const options = { content: source.chunks(reading), delimiter: await delimiterOf(source), even: true };
  for await (const { fields, line } of csvRecords(source.file, options)) {
    if (columns === undefined) {
      columns = findColumns(fields, reading.renamed, source.file);
      indexOf = new Map([...columns.found].map(([name, own]) => [name, fields.indexOf(own)]));
    } else reading.table.add((column) => fields[indexOf.get(column) ?? -1], line);
  }
  return columns?.notes ?? [];
};

async function delimiterOf(source: LogSource): Promise<string> {
  for await (const chunk of source.chunks()) {
    const head = Buffer.from(chunk).toString('utf8').split('\n', 1)[0]!;
    return ['\t', ';'].find((each) => head.includes(each) && !head.includes(',')) ?? ',';
  }
  return ',';
}

function broken(file: string, what: string, place: string): FailureError {
  return new FailureError({
    code: 'log-damaged',
    message: `The log cannot be read here. ${what}`,
    file,
    place,
    remedy: 'Correct this place, or delete it; nothing has been imported.',
  });
}
