import {
  CONDITIONS,
  PROBE_KINDS,
  type Condition,
  type Fact,
  type Probe,
  type ProbeKind,
} from '../probes/model';
import type { Member } from './members';

export const GROUPINGS = ['condition-kind', 'kind', 'condition', 'tag', 'fact', 'probe'] as const;
/** What probes are averaged by. */
export type Grouping = (typeof GROUPINGS)[number];

/** Probes whose figures are averaged. */
export interface Group {
  readonly label: string;
  /** Null where the file says none, or there are several. */
  readonly condition: Condition | null;
  /** Null where there are several. */
  readonly kind: ProbeKind | null;
  /** At least one. */
  readonly members: readonly Member[];
}

/**
 * The groups that have probes: conditions and kinds in the order of the design's tables, tags, facts and probes in the
 * file's. A fact counts in each of its tags, and in none without any. Controls are never averaged with facts that are
 * met: where a grouping does not tell conditions apart, they are groups of their own (`politics · control`).
 */
export function groupsOf(members: readonly Member[], by: Grouping): Group[] {
  const groups = new Map<string, Member[]>();
  for (const member of inOrder(members, by)) {
    for (const label of labelsOf(member, by)) {
      const known = groups.get(label);
      if (known === undefined) groups.set(label, [member]);
      else known.push(member);
    }
  }
  return [...groups].map(([label, group]) => ({
    label,
    condition: common(group.map(({ condition }) => condition)),
    kind: common(group.map(({ probe }) => probe.kind)),
    members: group,
  }));
}

function inOrder(members: readonly Member[], by: Grouping): readonly Member[] {
  const place = ({ condition, probe }: Member) => {
    const [c, k] = [
      condition === null ? CONDITIONS.length : CONDITIONS.indexOf(condition),
      PROBE_KINDS.indexOf(probe.kind),
    ];
    switch (by) {
      case 'condition-kind':
        return c * PROBE_KINDS.length + k;
      case 'condition':
        return c;
      case 'kind':
        return (condition === 'control' ? PROBE_KINDS.length : 0) + k;
      default:
        return 0;
    }
  };
  return members.toSorted((a, b) => place(a) - place(b));
}

function labelsOf({ condition, fact, probe }: Member, by: Grouping): readonly string[] {
  const apart = (label: string) => (condition === 'control' ? `${label} · control` : label);
  switch (by) {
    case 'condition-kind':
      return [`${condition ?? 'no condition'} · ${probe.kind}`];
    case 'condition':
      return [condition ?? 'no condition'];
    case 'kind':
      return [apart(probe.kind)];
    case 'tag':
      return [...new Set(fact.tags.map(({ value }) => apart(value)))];
    case 'fact':
      return [apart(idOf(fact))];
    case 'probe':
      return [apart(`${idOf(fact)} · ${idOf(probe)}`)];
  }
}

function idOf({ id }: Fact | Probe): string {
  return id.value;
}

/** What all of them are; null where they differ. */
export function common<T>(values: readonly T[]): T | null {
  return values.every((value) => value === values[0]) ? values[0]! : null;
}
