import type { SourceRange } from '../model';
import type { TextEdit } from '../problem';
import { items, type Entry, type MappingNode, type TreeNode } from '../tree';

/** Edits work on places in the text, so that comments and the user's way of writing stay as they are. */

/**
 * Gives a key of a mapping a value, where it stands or, when it is new, after `after` (the first key otherwise).
 * @param value YAML on one line
 */
export function setKey(
  text: string,
  mapping: MappingNode,
  key: string,
  value: string,
  after?: string,
): TextEdit {
  const present = mapping.entries.get(key);
  if (present !== undefined) return replaceValue(text, present, value);
  const entries = [...mapping.entries.values()];
  if (mapping.flow) {
    const inside = mapping.range.start + 1;
    return insertion(inside, entries.length === 0 ? ` ${key}: ${value} ` : ` ${key}: ${value},`);
  }
  const before = (after === undefined ? undefined : mapping.entries.get(after)) ?? entries[0]!;
  return insertion(
    endOfEntry(text, before),
    `${lineBreak(text)}${indentOf(text, entries[0]!.keyRange.start)}${key}: ${value}`,
  );
}

/** Deletes a key with its value, and its line where nothing else stands on it. */
export function removeKey(text: string, mapping: MappingNode, key: string): TextEdit | undefined {
  const present = mapping.entries.get(key);
  if (present === undefined) return undefined;
  const { start } = present.keyRange;
  if (mapping.flow) {
    const rest = /^\s*,\s*/.exec(text.slice(present.value.range.end));
    if (rest !== null) return { range: { start, end: present.value.range.end + rest[0].length }, text: '' };
    const comma = /,?\s*$/.exec(text.slice(mapping.range.start, start))![0];
    return { range: { start: start - comma.length, end: present.value.range.end }, text: '' };
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const end = endOfEntry(text, present);
  // The first key of a list's item shares its line with the dash.
  if (text.slice(lineStart, start).trim() !== '') {
    const next = /^\s*/.exec(text.slice(end))![0];
    return { range: { start, end: end + next.length }, text: '' };
  }
  const lineBreakAfter = /^\r?\n/.exec(text.slice(end))?.[0].length ?? 0;
  return { range: { start: lineStart, end: end + lineBreakAfter }, text: '' };
}

/**
 * Adds an item, given as lines without indentation, to the list under a key; makes the list where there is none.
 * Undefined where that cannot be done without rewriting: in brackets or braces, or where no list stands.
 */
export function addItem(
  text: string,
  mapping: MappingNode,
  key: string,
  lines: readonly string[],
): TextEdit[] | undefined {
  if (mapping.flow) return undefined;
  const newline = lineBreak(text);
  const block = (indent: string) =>
    lines.map((line, i) => `${newline}${indent}${i === 0 ? '- ' : '  '}${line}`).join('');
  const base = indentOf(text, [...mapping.entries.values()][0]!.keyRange.start);
  const present = mapping.entries.get(key);
  if (present === undefined)
    return [insertion(endOfLastLine(text, mapping.range), `${newline}${base}${key}:${block(`${base}  `)}`)];

  const { value, keyRange } = present;
  if (value.kind === 'sequence' && !value.flow) {
    const dash = text.lastIndexOf('-', value.items[0]!.range.start);
    return [insertion(endOfLastLine(text, value.range), block(indentOf(text, dash)))];
  }
  const empty =
    value.kind === 'sequence' ? value.items.length === 0 : value.kind === 'scalar' && value.value === null;
  if (!empty) return undefined;
  // An empty list gives way to the new one; a comment behind it stays on the key's line.
  const after = Math.max(keyRange.end + colonAfter(text, keyRange).length, value.range.end);
  const list = insertion(endOfLine(text, after), block(`${base}  `));
  return value.range.end > value.range.start ? [{ range: value.range, text: '' }, list] : [list];
}

/** The mapping at a range, among the facts, their probes and the runs of a file. */
export function mappingAt(root: TreeNode | undefined, range: SourceRange): MappingNode | undefined {
  if (root?.kind !== 'mapping') return undefined;
  for (const section of ['facts', 'runs'])
    for (const item of items(root.entries.get(section)?.value)) {
      if (item.kind !== 'mapping' || range.start < item.range.start || range.end > item.range.end) continue;
      if (item.range.start === range.start && item.range.end === range.end) return item;
      const probe = items(item.entries.get('probes')?.value).find(
        (node) => node.range.start === range.start && node.range.end === range.end,
      );
      if (probe?.kind === 'mapping') return probe;
    }
  return undefined;
}

function lineBreak(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

function replaceValue(text: string, { keyRange, value }: Entry, wanted: string): TextEdit {
  if (value.range.end > value.range.start)
    return { range: { start: value.range.start, end: endOfContent(text, value.range) }, text: wanted };
  const colon = colonAfter(text, keyRange);
  return insertion(keyRange.end + colon.length, colon === '' ? `: ${wanted}` : ` ${wanted}`);
}

function colonAfter(text: string, { end }: SourceRange): string {
  return /^\s*:/.exec(text.slice(end, end + 1000))?.[0] ?? '';
}

function endOfEntry(text: string, { keyRange, value }: Entry): number {
  return endOfLastLine(text, { start: keyRange.start, end: Math.max(keyRange.end, value.range.end) });
}

/** End of a node's last line, a comment on it included. */
function endOfLastLine(text: string, range: SourceRange): number {
  return endOfLine(text, endOfContent(text, range));
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** End of a node without the line breaks that belong to block texts and lists. */
function endOfContent(text: string, { start, end }: SourceRange): number {
  return start + text.slice(start, end).replace(/[ \t\r\n]+$/, '').length;
}

/** Spaces up to the column of an offset: a dash before it counts as a space. */
function indentOf(text: string, offset: number): string {
  return ' '.repeat(offset - (text.lastIndexOf('\n', offset - 1) + 1));
}

function insertion(offset: number, text: string): TextEdit {
  return { range: { start: offset, end: offset }, text };
}
