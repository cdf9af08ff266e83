import { parse, CsvError } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { FailureError } from '../core/failure';

export interface CsvRecord {
  readonly fields: readonly string[];
  /** The line it ends in, from 1. */
  readonly line: number;
}

/** Longest record, characters: a file without line ends is not read into memory. */
const LONGEST = 1 << 26;

export interface CsvOptions {
  /** The file's content, where it is not read as it lies. */
  readonly content?: AsyncIterable<Uint8Array>;
  /** A comma when not given. */
  readonly delimiter?: string;
  /** Whether all records have to have as many fields as the first. */
  readonly even?: boolean;
}

/**
 * The records of a CSV file, as it is read. Empty lines are passed over, fields are trimmed.
 * @throws FailureError `csv-broken` with the line; what the file system or the content throws
 */
export async function* csvRecords(
  path: string,
  { content, delimiter = ',', even = false }: CsvOptions = {},
): AsyncGenerator<CsvRecord, void> {
  const input = content === undefined ? createReadStream(path) : Readable.from(content);
  const parser = input.pipe(
    parse({
      bom: true,
      delimiter,
      info: true,
      max_record_size: LONGEST,
      relax_column_count: !even,
      skip_empty_lines: true,
      trim: true,
    }),
  );
  input.once('error', (error: Error) => parser.destroy(error));
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>)
      yield { fields: record, line: info.lines };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    throw new FailureError(
      {
        code: 'csv-broken',
        message: `This is not CSV: ${error.message}`,
        file: path,
        ...(lines !== undefined && { place: `line ${lines}` }),
        remedy: 'Separate fields by commas, and quote those that hold commas or quotes.',
      },
      { cause: error },
    );
  } finally {
    input.destroy();
  }
}
