import type { SourceRange } from '../../core/probes/model';
import type { FactEntry, Outline, OutlineEntry } from '../../core/probes/outline';
import type { Positions } from '../../core/probes/positions';
import type { Problem, QuickFix } from '../../core/probes/problem';
import {
  MOST_PROBLEMS,
  type Anchor,
  type DocumentDigest,
  type DocumentFix,
  type FactAnchor,
  type Span,
} from '../../protocol/language';

/** Probes in one page of facts: taken in by the host in a few milliseconds. */
const PROBES_A_PAGE = 250;

/** Facts in pages of about {@link PROBES_A_PAGE} probes. */
export function pagesOf(facts: readonly FactEntry[]): FactEntry[][] {
  const pages: FactEntry[][] = [];
  let room = 0;
  for (const fact of facts) {
    if (room <= 0) {
      pages.push([]);
      room = PROBES_A_PAGE;
    }
    pages.at(-1)!.push(fact);
    room -= 1 + fact.probes.length;
  }
  return pages;
}

export function digest(
  uri: string,
  version: number,
  found: {
    readonly problems: readonly Problem[];
    readonly outline: Outline;
    readonly positions: Positions;
    readonly pages: number;
  },
): DocumentDigest {
  const { problems, outline, positions, pages } = found;
  return {
    uri,
    version,
    problems: worst(problems).map(({ range, fixes, ...problem }) => ({
      ...problem,
      span: spanOf(range, positions),
      fixes: (fixes ?? []).map((fix) => fixOf(fix, positions)),
    })),
    head: spanOf(outline.head, positions),
    runs: outline.runs.map((run) => ({ ...anchor(run, positions), kind: run.kind })),
    pages,
  };
}

export function factAnchors(facts: readonly FactEntry[], positions: Positions): FactAnchor[] {
  return facts.map((fact) => ({
    ...anchor(fact, positions),
    probes: fact.probes.map((probe) => ({
      ...anchor(probe, positions),
      kind: probe.kind,
      exclude: probe.exclude,
      target: probe.target === undefined ? undefined : spanOf(probe.target, positions),
      expect: probe.expect,
    })),
  }));
}

export function fixOf({ title, edits, preferred = false }: QuickFix, positions: Positions): DocumentFix {
  return {
    title,
    edits: edits.map(({ range, text }) => ({ span: spanOf(range, positions), text })),
    preferred,
  };
}

/** As many as are shown, errors before warnings, each in the order of the text. */
function worst(problems: readonly Problem[]): Problem[] {
  const severities = ['error', 'warning', 'information'];
  return problems
    .toSorted(
      (a, b) =>
        severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.range.start - b.range.start,
    )
    .slice(0, MOST_PROBLEMS);
}

function anchor({ id, detail, range, selection }: OutlineEntry, positions: Positions): Anchor {
  return { id, detail, span: spanOf(range, positions), selection: spanOf(selection, positions) };
}

function spanOf({ start, end }: SourceRange, positions: Positions): Span {
  return { start: positions.at(start), end: positions.at(end) };
}
