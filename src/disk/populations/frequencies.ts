import { FailureError, toFailure } from '../../core/failure';
import { csvRecords } from '../csvRecords';

/** How often facts are mentioned, in the order of the file. */
export interface FactFrequencies {
  /** Shares or counts, as written; none negative, not all 0. */
  readonly frequencies: Float64Array;
  /** Mean number of verbatim copies of each fact's texts; null where the file has no such column. */
  readonly copies: Float64Array | null;
  /** Ids; undefined where the file has no such column. */
  readonly facts: readonly string[] | undefined;
}

/**
 * Reads a CSV file with a heading line and a line for each fact: `frequency` (a share or a count), and if wished
 * `copies` (mean number of verbatim copies of each of its texts, at least 1) and `fact` (an id). Other columns are passed
 * over.
 * @throws FailureError `frequencies-unreadable`, `frequencies-heading`, `frequencies-row` with the line,
 * `frequencies-empty`, `csv-broken`
 */
export async function readFrequencies(path: string): Promise<FactFrequencies> {
  const frequencies: number[] = [];
  const copies: number[] = [];
  const facts: string[] = [];
  let columns: { frequency: number; copies: number; fact: number } | undefined;
  try {
    for await (const { fields, line } of csvRecords(path)) {
      if (columns === undefined) {
        const column = (name: string) => fields.findIndex((field) => field.toLowerCase() === name);
        columns = { frequency: column('frequency'), copies: column('copies'), fact: column('fact') };
        if (columns.frequency < 0)
          throw failure(path, 'heading', line, 'The first line names no column “frequency”.');
        continue;
      }
      const frequency = Number(fields[columns.frequency] ?? NaN);
      if (fields[columns.frequency] === '' || !(frequency >= 0 && frequency < Infinity))
        throw failure(path, 'row', line, '“frequency” is not a number of at least 0.');
      frequencies.push(frequency);
      if (columns.copies >= 0) {
        const number = Number(fields[columns.copies] ?? NaN);
        if (!(number >= 1 && number < Infinity))
          throw failure(path, 'row', line, '“copies” is not a number of at least 1.');
        copies.push(number);
      }
      if (columns.fact >= 0) facts.push(fields[columns.fact] ?? '');
    }
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw failure(path, 'unreadable', undefined, `Frequencies cannot be read: ${toFailure(error).message}.`);
  }
  if (!frequencies.some((frequency) => frequency > 0))
    throw failure(path, 'empty', undefined, 'No fact in this file has a frequency above 0.');
  return {
    frequencies: Float64Array.from(frequencies),
    copies: columns!.copies >= 0 ? Float64Array.from(copies) : null,
    facts: columns!.fact >= 0 ? facts : undefined,
  };
}

function failure(file: string, kind: string, line: number | undefined, message: string): FailureError {
  return new FailureError({
    code: `frequencies-${kind}`,
    message,
    file,
    ...(line !== undefined && { place: `line ${line}` }),
    remedy: 'Write a heading line “frequency” (and “fact”, “copies” if wished), then a line for each fact.',
  });
}
