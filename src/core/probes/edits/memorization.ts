import { parse } from 'yaml';
import type { Fact, SourceRange } from '../model';
import { isNewer, type ParsedProbeFile } from '../parse';
import type { QuickFix } from '../problem';
import { DEFAULT_JOIN } from '../read';
import { fold } from '../fold';
import { quoted } from '../scalars';
import { child, type TreeNode } from '../tree';
import { addItem, mappingAt } from './keys';

/**
 * Makes a memorization probe from a selection in a fact's passage: the selected words are the target, the sentence
 * before them is the prompt. Undefined where the selection is not within a passage, or nothing stands before it.
 */
export function memorizationProbe(parsed: ParsedProbeFile, selection: SourceRange): QuickFix | undefined {
  const { text, file, root } = parsed;
  const fact = file.facts.find(({ passage }) => passage !== undefined && within(selection, passage.range));
  const mapping = fact === undefined ? undefined : mappingAt(root, fact.range);
  if (fact === undefined || mapping === undefined || isNewer(file)) return undefined;
  const split = splitPassage(text, fact, selection);
  if (split === undefined) return undefined;

  const join = joinOf(mapping, root);
  const spaced = split.spaced && join.trim() === '' && join !== '';
  const lines = [
    'kind: memorization',
    `prompt: ${quoted(split.prompt)}`,
    ...(spaced || (!split.spaced && join === '') ? [] : [`join: ${split.spaced ? `' '` : `''`}`]),
    `target: ${quoted(split.target)}`,
  ];
  const edits = addItem(text, mapping, 'probes', lines);
  const title = `Create memorization probe with target “${split.target}”`;
  return edits === undefined ? undefined : { title, edits };
}

interface PassageSplit {
  readonly prompt: string;
  readonly target: string;
  /** Whether a space stands between the two. */
  readonly spaced: boolean;
}

function splitPassage(text: string, { passage }: Fact, selection: SourceRange): PassageSplit | undefined {
  const before = decode(text, passage!.range, { start: passage!.range.start, end: selection.start });
  const selected = decode(text, passage!.range, selection);
  if (before === undefined || selected === undefined) return undefined;
  const target = fold(selected);
  const whole = fold(passage!.value);
  // The source was understood only if it says what YAML says it does.
  if (target === '' || !whole.startsWith(fold(before + selected))) return undefined;
  const start = fold(before + selected).length - target.length;
  const prompt = sentencesBefore(whole, start).trim();
  if (prompt === '') return undefined;
  return { prompt, target, spaced: whole[start - 1] === ' ' };
}

/** What a part of a scalar's source says, but for line breaks and indentation. */
function decode(text: string, scalar: SourceRange, part: SourceRange): string | undefined {
  const source = text.slice(part.start, part.end);
  const atStart = part.start === scalar.start;
  switch (text[scalar.start]) {
    case '"':
      try {
        return String(parse(atStart ? `${source}"` : `"${source.replace(/"\s*$/, '')}"`));
      } catch {
        return undefined;
      }
    case "'":
      return source.slice(atStart ? 1 : 0).replaceAll("''", "'");
    case '|':
    case '>': {
      if (!atStart) return source;
      const lineEnd = source.indexOf('\n');
      return lineEnd < 0 ? undefined : source.slice(lineEnd + 1);
    }
    default:
      return source;
  }
}

/** The sentence up to an offset; the one before it too where the offset begins a sentence. */
function sentencesBefore(text: string, offset: number): string {
  const starts = [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)]
    .map(({ index }) => index)
    .filter((index) => index < offset);
  return text.slice(starts.at(-1) ?? 0, offset);
}

function joinOf(fact: TreeNode, root: TreeNode | undefined): string {
  const written = [child(fact, 'join'), child(root, 'join')].find(
    (node) => node?.kind === 'scalar' && typeof node.value === 'string',
  );
  return written?.kind === 'scalar' ? String(written.value) : DEFAULT_JOIN;
}

function within(inner: SourceRange, outer: SourceRange): boolean {
  return inner.start >= outer.start && inner.end <= outer.end && inner.end > inner.start;
}
