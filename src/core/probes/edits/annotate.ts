import { CONDITIONS, PROBE_KINDS, type Fact, type Probe, type ProbeFile, type SourceRange } from '../model';
import { isNewer, type ParsedProbeFile } from '../parse';
import type { QuickFix, TextEdit } from '../problem';
import { quoted } from '../scalars';
import { child, type MappingNode } from '../tree';
import { addItem, mappingAt, removeKey, setKey } from './keys';
import { memorizationProbe } from './memorization';

/** Tags of other facts that are offered for one. */
const MOST_TAGS_OFFERED = 8;

/**
 * What can be marked at a selection (DESIGN section 7, annotating): a memorization probe from selected words of a
 * passage; kind and exclusion of the probe it is in; condition and tags of the fact it is in. None for a file of a
 * newer version.
 */
export function annotationsAt(parsed: ParsedProbeFile, selection: SourceRange): QuickFix[] {
  const { file } = parsed;
  if (isNewer(file)) return [];
  const fact = file.facts.find(({ range }) => holds(range, selection));
  const probe = fact?.probes.find(({ range }) => holds(range, selection));
  const created = memorizationProbe(parsed, selection);
  return [
    ...(created === undefined ? [] : [created]),
    ...(probe === undefined ? [] : markProbe(parsed, probe)),
    ...(fact === undefined || probe !== undefined ? [] : markFact(parsed, fact)),
  ];
}

function markProbe({ text, root }: ParsedProbeFile, probe: Probe): QuickFix[] {
  const mapping = mappingAt(root, probe.range);
  if (mapping === undefined) return [];
  const kinds = PROBE_KINDS.filter((kind) => kind !== probe.kind).map((kind) =>
    fix(`Make this a ${kind} probe`, setKey(text, mapping, 'kind', kind)),
  );
  const exclusion = probe.exclude
    ? fix('Include this probe again', removeKey(text, mapping, 'exclude'))
    : fix('Exclude this probe', setKey(text, mapping, 'exclude', 'true', 'target'));
  return [...kinds, exclusion].filter((made) => made !== undefined);
}

function markFact({ text, root, file }: ParsedProbeFile, fact: Fact): QuickFix[] {
  const mapping = mappingAt(root, fact.range);
  if (mapping === undefined) return [];
  // Conditions by run are too many to be marked by one click.
  const byRun = child(mapping, 'condition')?.kind === 'mapping';
  const conditions = byRun ? [] : CONDITIONS.filter((condition) => condition !== fact.condition?.value);
  return [
    ...conditions.map((condition) =>
      fix(`Set the condition to ${condition}`, setKey(text, mapping, 'condition', condition, 'id')),
    ),
    ...tagsElsewhere(file, fact).map((tag) =>
      fix(`Tag with “${tag}”`, ...(addTag(text, mapping, tag) ?? [])),
    ),
  ].filter((made) => made !== undefined);
}

/** The edits that add a tag to a fact, for a tag that is typed; undefined where its tags cannot be added to. */
export function tagFact({ text, root }: ParsedProbeFile, fact: Fact, tag: string): TextEdit[] | undefined {
  const mapping = mappingAt(root, fact.range);
  return mapping === undefined ? undefined : addTag(text, mapping, tag);
}

function addTag(text: string, mapping: MappingNode, tag: string): TextEdit[] | undefined {
  const tags = child(mapping, 'tags');
  if (tags === undefined) return [setKey(text, mapping, 'tags', `[${quoted(tag, true)}]`, 'id')];
  if (tags.kind !== 'sequence' || !tags.flow) return addItem(text, mapping, 'tags', [quoted(tag)]);
  const last = tags.items.at(-1);
  const end = last?.range.end ?? tags.range.start + 1;
  return [{ range: { start: end, end }, text: (last === undefined ? '' : ', ') + quoted(tag, true) }];
}

/** Tags of other facts that this one lacks, the commonest first. */
function tagsElsewhere(file: ProbeFile, fact: Fact): string[] {
  const own = new Set(fact.tags.map(({ value }) => value));
  const counts = new Map<string, number>();
  for (const { value } of file.facts.flatMap(({ tags }) => tags))
    if (!own.has(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_TAGS_OFFERED)
    .map(([tag]) => tag);
}

function fix(title: string, ...edits: readonly (TextEdit | undefined)[]): QuickFix | undefined {
  const made = edits.filter((edit) => edit !== undefined);
  return made.length === 0 ? undefined : { title, edits: made };
}

function holds(outer: SourceRange, inner: SourceRange): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}
