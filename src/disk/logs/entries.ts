import { FailureError } from '../../core/failure';

/** An object of a JSON list, as it stands in the file. */
export interface Entry {
  /** From `{` to `}`; another entry's at the next step. */
  readonly bytes: Buffer;
  /** Byte of the file at which it begins. */
  readonly offset: number;
  /** From 0. */
  readonly index: number;
  /** Texts in it, names included. */
  readonly strings: number;
}

/** An entry of the published size has a quarter of a megabyte. */
const LARGEST_ENTRY = 16 << 20;

const [QUOTE, OPEN, CLOSE, BACKSLASH] = [0x22, 0x7b, 0x7d, 0x5c];
const [LIST_OPEN, LIST_CLOSE, COMMA] = [0x5b, 0x5d, 0x2c];

/** What may stand at the next byte outside of entries. */
type Between = 'list' | 'entry or end' | 'comma or end' | 'entry' | 'nothing';

/**
 * Cuts a JSON list of objects into its entries without parsing them: the file may be longer than the longest string.
 * The three bytes that matter are found by Buffer.indexOf, which looks at gigabytes a second; libraries that parse a
 * stream take it byte by byte. In memory stands one entry and one piece of the file.
 * @param file named in failures
 * @throws FailureError `log-no-list`, `log-truncated`, `log-damaged`, `log-entry-huge`
 */
export async function* cutEntries(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Entry, void, undefined> {
  let held = Buffer.alloc(1 << 21);
  /** Bytes held; the file's byte at which they begin; the next to be looked at. */
  let [end, base, at] = [0, 0, 0];
  /** Where the entry begins, -1 outside of one; its open braces; its texts; where the text at hand begins, or -1. */
  let [start, depth, strings, text] = [-1, 0, 0, -1];
  let state = 'list' as Between;
  let index = 0;
  /** Places up to which quotes and braces were looked for: the first one there, or the end of what was there then. */
  const searched = { [QUOTE]: 0, [OPEN]: 0, [CLOSE]: 0 };

  const find = (byte: number, from: number): number => {
    const known = searched[byte]!;
    if (known >= from && known < end && held[known] === byte) return known;
    const found = held.subarray(0, end).indexOf(byte, Math.max(from, known));
    searched[byte] = found === -1 ? end : found;
    return found === -1 ? Infinity : found;
  };

  const take = (chunk: Uint8Array) => {
    const keep = start === -1 ? at : start;
    if (end - keep + chunk.length > held.length) {
      const larger = Buffer.alloc(Math.max(held.length * (keep === 0 ? 2 : 1), end - keep + chunk.length));
      held.copy(larger, 0, keep, end);
      held = larger;
    } else held.copyWithin(0, keep, end);
    held.set(chunk, end - keep);
    end += chunk.length - keep;
    base += keep;
    at -= keep;
    if (start !== -1) start = 0;
    if (text !== -1) text -= keep;
    for (const byte of [QUOTE, OPEN, CLOSE]) searched[byte]! -= keep;
  };

  /** Goes on inside an entry. @returns whether it has ended */
  const inside = (): boolean => {
    for (;;) {
      if (text !== -1) {
        const quote = find(QUOTE, at);
        if (quote === Infinity) {
          at = end;
          return false;
        }
        at = quote + 1;
        if (!isEscaped(held, text, quote)) text = -1;
        continue;
      }
      const next = Math.min(find(QUOTE, at), find(OPEN, at), find(CLOSE, at));
      if (next === Infinity) {
        at = end;
        return false;
      }
      at = next + 1;
      if (held[next] === QUOTE) {
        text = at;
        strings++;
      } else {
        depth += held[next] === OPEN ? 1 : -1;
        if (depth === 0) return true;
      }
    }
  };

  /** Goes on to the next entry. @returns whether one has begun */
  const between = (): boolean => {
    for (; at < end; at++) {
      const byte = held[at]!;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      // A byte order mark.
      if (state === 'list' && base + at < 3 && byte === [0xef, 0xbb, 0xbf][base + at]) continue;
      if (byte === OPEN && (state === 'entry' || state === 'entry or end')) {
        [start, depth, strings] = [at, 1, 0];
        at++;
        return true;
      }
      if (byte === LIST_OPEN && state === 'list') state = 'entry or end';
      else if (byte === COMMA && state === 'comma or end') state = 'entry';
      else if (byte === LIST_CLOSE && (state === 'comma or end' || state === 'entry or end'))
        state = 'nothing';
      else throw unexpected(file, base + at, byte, state);
    }
    return false;
  };

  for await (const chunk of chunks) {
    take(chunk);
    while (start !== -1 || between()) {
      const whole = inside();
      if (at - start > LARGEST_ENTRY) throw huge(file, base + start, index);
      if (!whole) break;
      yield { bytes: held.subarray(start, at), offset: base + start, index: index++, strings };
      start = -1;
      state = 'comma or end';
    }
  }
  if (start !== -1) throw cutOff(file, base + end, `entry ${index + 1} from byte ${base + start} on`);
  if (state !== 'nothing') throw cutOff(file, base + end, 'the end of the list');
}

/** Whether an odd number of backslashes stands before a quote in the text that begins at `from`. */
function isEscaped(bytes: Buffer, from: number, quote: number): boolean {
  let before = quote;
  while (before > from && bytes[before - 1] === BACKSLASH) before--;
  return (quote - before) % 2 === 1;
}

const WANTED: Readonly<Record<Between, string>> = {
  list: 'a list, “[”',
  'entry or end': 'an entry, “{”, or the end of the list, “]”',
  entry: 'an entry, “{”',
  'comma or end': 'a comma or the end of the list, “]”',
  nothing: 'the end of the file',
};

function unexpected(file: string, offset: number, byte: number, state: Between): FailureError {
  const found = byte > 0x20 && byte < 0x7f ? `“${String.fromCharCode(byte)}”` : `the byte ${byte}`;
  return new FailureError({
    code: state === 'list' ? 'log-no-list' : 'log-damaged',
    message: `Here should stand ${WANTED[state]}, and there is ${found}.`,
    file,
    place: `byte ${offset}`,
    remedy:
      'A published log is a JSON list of objects, one a logged step. Copy the file again, or mend this place.',
  });
}

function cutOff(file: string, size: number, what: string): FailureError {
  return new FailureError({
    code: 'log-truncated',
    message: `The log is cut off: the file ends within ${what}.`,
    file,
    place: `byte ${size}`,
    remedy: 'Copy it again, or wait until it has been written to the end.',
  });
}

function huge(file: string, offset: number, index: number): FailureError {
  return new FailureError({
    code: 'log-entry-huge',
    message: `Entry ${index + 1} is longer than ${LARGEST_ENTRY >> 20} MiB; one of 130 facts has a quarter of one.`,
    file,
    place: `byte ${offset}`,
    remedy: 'Give one object a logged step. Logs of very many probes are better kept as Parquet or JSONL.',
  });
}
