import { stringify } from 'yaml';
import type { Located } from './model';
import type { TextEdit } from './problem';

/**
 * A text as YAML writes it on one line: plain where that is safe, quoted otherwise.
 * @param flow whether it is to stand within brackets or braces, where more has to be quoted
 */
export function quoted(text: string, flow = false): string {
  const options = { lineWidth: 0, blockQuote: false, singleQuote: true } as const;
  if (!flow) return stringify(text, options).replace(/\n$/, '');
  return stringify([text], { ...options, collectionStyle: 'flow' }).replace(/^\[ ?| ?\]\n$/g, '');
}

/** The edit that makes a scalar say something else, in the quotes it has where it has some. */
export function rewritten(source: string, { value, range }: Located<string>, wanted: string): TextEdit {
  const written = source.slice(range.start, range.end);
  const header = /^[|>][0-9]?[+]?(?=\s)/.exec(written)?.[0];
  // Only its last line break is too much: chomp it.
  if (header !== undefined && value.replace(/\n+$/, '') === wanted)
    return {
      range: { start: range.start, end: range.start + header.length },
      text: `${header.replace('+', '')}-`,
    };
  const end = /[ \r\n]*$/.exec(written)![0];
  if (written.startsWith('"')) return { range, text: JSON.stringify(wanted) + end };
  if (written.startsWith("'")) return { range, text: `'${wanted.replaceAll("'", "''")}'` + end };
  return { range, text: quoted(wanted, true) + end };
}
