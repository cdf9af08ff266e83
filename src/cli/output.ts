import Table from 'cli-table3';
import { Option, type Command } from 'commander';

const FORMATS = ['text', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** Gives a verb its `--format`. */
export function addFormat(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'text for people, json for programs').choices(FORMATS).default('text'),
  );
}

/** Characters written at a time: a write for each of many small pieces takes longer than making them. */
const AT_ONCE = 1 << 16;

/** Writes JSON to standard output, followed by a newline. Waits for a slow reader. */
export async function printJson(value: unknown): Promise<void> {
  let text = '';
  for (const piece of jsonPieces(value)) {
    text += piece;
    if (text.length < AT_ONCE) continue;
    await write(text);
    text = '';
  }
  await write(`${text}\n`);
}

/** The pieces of `JSON.stringify(value, null, 2)`, which together may be longer than a string can be. */
export function* jsonPieces(value: unknown, levels = 4, indent = ''): Generator<string> {
  const open = typeof value === 'object' && value !== null && !('toJSON' in value);
  const entries = open ? Object.entries(value).filter(([, each]) => each !== undefined) : [];
  if (levels === 0 || entries.length === 0) {
    yield JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
    return;
  }
  const list = Array.isArray(value);
  let before = list ? '[' : '{';
  for (const [name, each] of entries) {
    yield `${before}\n${indent}  ${list ? '' : `${JSON.stringify(name)}: `}`;
    yield* jsonPieces(each, levels - 1, `${indent}  `);
    before = ',';
  }
  yield `\n${indent}${list ? ']' : '}'}`;
}

/**
 * Writes a JSON array to standard output element by element, so that it may be longer than a string can be.
 * Waits for a slow reader.
 */
export async function printJsonArray(values: AsyncIterable<unknown>): Promise<void> {
  let separator = '[\n';
  for await (const value of values) {
    await write(separator + JSON.stringify(value));
    separator = ',\n';
  }
  await write(separator === '[\n' ? '[]\n' : '\n]\n');
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table for people: a heading row, then the rows; columns of numbers are aligned to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const numeric = head.map(
    (_, column) =>
      rows.length > 0 &&
      rows.every((row) => /^$|^\(?[-−+]?[\d.,]+\)?( of \d+)?$|^–$/.test(row[column] ?? '')),
  );
  const table = new Table({
    head: [...head],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    chars: NO_BORDER,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return (
    table
      .toString()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      // People paste these tables into programs, which know no other minus.
      .replaceAll('−', '-')
  );
}
