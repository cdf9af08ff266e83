import { extname } from 'node:path';
import { FailureError } from '../../core/failure';
import { cutEntries } from './entries';
import { parsePython, textOf } from './json';
import type { LogSource } from './source';

/** What people give to `import`. */
export type LogFormat = 'published' | 'json' | 'jsonl' | 'csv' | 'parquet';

/**
 * Tells what a file is, by its content and then by the ending of its name.
 * @returns `dataset` for the published data set, which is no log
 * @throws FailureError `log-unknown`, and what reading its beginning throws
 */
export async function sniff(source: LogSource): Promise<LogFormat | 'dataset'> {
  const head = await beginningOf(source);
  if (head.startsWith('PAR1')) return 'parquet';
  const text = head.replace(/^\u{feff}/u, '').trimStart();
  if (text.startsWith('[')) return jsonList(source);
  if (text.startsWith('{')) return 'jsonl';
  const ending = extname(source.file.replace(/\.gz$/i, '')).toLowerCase();
  const [heading = ''] = text.split('\n', 1);
  if (ending === '.csv' || ending === '.tsv' || (/\bstep\b/.test(heading) && /[,;\t]/.test(heading)))
    return 'csv';
  if (ending === '.jsonl' || ending === '.ndjson') return 'jsonl';
  throw new FailureError({
    code: 'log-unknown',
    message: text === '' ? 'The file is empty.' : 'This is no training log that is known here.',
    file: source.file,
    remedy:
      'Known are the published JSON list, JSONL, CSV with a heading line, and Parquet, the latter three with columns step, fact, probe and logprob_mean.',
  });
}

/** By the names in the first entry. */
async function jsonList(source: LogSource): Promise<LogFormat | 'dataset'> {
  for await (const { bytes } of cutEntries(source.chunks(), source.file)) {
    const parsed = parsePython(textOf(bytes));
    const names = 'what' in parsed ? [] : Object.keys(parsed.value as object);
    if (names.includes('train_context')) return 'dataset';
    return names.includes('fact') || names.includes('logprob_mean') ? 'json' : 'published';
  }
  return 'published';
}

async function beginningOf(source: LogSource): Promise<string> {
  for await (const chunk of source.chunks()) return Buffer.from(chunk).toString('utf8', 0, 4096);
  return '';
}
