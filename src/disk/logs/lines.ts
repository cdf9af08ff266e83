import { FailureError } from '../../core/failure';
import { textOf } from './json';
import type { LogSource, ReadLogOptions } from './source';

const LONGEST_LINE = 16 << 20;

/**
 * Goes through a file line by line.
 * @param onLine gets the line without its end, its number from 1, and the byte at which it begins
 * @throws FailureError `log-line-huge`; what the source throws
 */
export async function eachLine(
  source: LogSource,
  options: ReadLogOptions,
  onLine: (line: string, number: number, offset: number) => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let [number, offset] = [1, 0];
  const pass = (line: Buffer) => {
    onLine(textOf(line), number++, offset);
    offset += line.length + 1;
  };
  for await (const chunk of source.chunks(options)) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, at)) {
      const line = bytes.subarray(at, end);
      pass(rest.length === 0 ? line : Buffer.concat([rest, line]));
      rest = Buffer.alloc(0);
      at = end + 1;
    }
    rest = Buffer.concat([rest, bytes.subarray(at)]);
    if (rest.length > LONGEST_LINE)
      throw new FailureError({
        code: 'log-line-huge',
        message: `This line is longer than ${LONGEST_LINE >> 20} MiB.`,
        file: source.file,
        place: `line ${number}, byte ${offset}`,
        remedy: 'Give one object a line, with the scores of one probe at one step.',
      });
  }
  if (rest.length > 0) pass(rest);
}
