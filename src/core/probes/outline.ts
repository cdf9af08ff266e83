import type { Expectation, Fact, Probe, ProbeKind, Run, SourceRange } from './model';
import type { ParsedProbeFile } from './parse';

/** Runs, facts and probes with where they stand: for lenses, end-of-line results and the editor's outline. */
export interface Outline {
  /** The file's first key. */
  readonly head: SourceRange;
  readonly runs: readonly RunEntry[];
  readonly facts: readonly FactEntry[];
}

export interface OutlineEntry {
  readonly id: string;
  /** A few words beside the id. */
  readonly detail: string;
  readonly range: SourceRange;
  /** Where the id is written; the kind of a probe without one. */
  readonly selection: SourceRange;
}

export interface RunEntry extends OutlineEntry {
  readonly kind: 'checkpoints' | 'log' | 'unknown';
}

export interface FactEntry extends OutlineEntry {
  readonly probes: readonly ProbeEntry[];
}

export interface ProbeEntry extends OutlineEntry {
  readonly kind: ProbeKind;
  readonly exclude: boolean;
  /** Where the first target is written. */
  readonly target: SourceRange | undefined;
  readonly expect: Expectation | undefined;
}

export function outlineOf({ file, root }: ParsedProbeFile): Outline {
  const [first] = root?.kind === 'mapping' ? root.entries.values() : [];
  return {
    head: first?.keyRange ?? { start: 0, end: 0 },
    runs: file.runs.map(runEntry),
    facts: file.facts.map(factEntry),
  };
}

function runEntry(run: Run): RunEntry {
  return {
    id: run.id.value,
    detail: run.group === run.id.value ? '' : run.group,
    range: run.range,
    selection: run.id.range,
    kind: run.source?.kind ?? 'unknown',
  };
}

function factEntry(fact: Fact): FactEntry {
  const conditions = new Set(Object.values(fact.conditionByRun).map(({ value }) => value));
  return {
    id: fact.id.value,
    detail: fact.condition?.value ?? [...conditions].join(', '),
    range: fact.range,
    selection: fact.id.range,
    probes: fact.probes.map(probeEntry),
  };
}

function probeEntry(probe: Probe): ProbeEntry {
  return {
    id: probe.id.value,
    detail: (probe.exclude ? 'excluded · ' : '') + (probe.targets[0]?.value ?? ''),
    range: probe.range,
    selection: probe.id.range,
    kind: probe.kind,
    exclude: probe.exclude,
    target: probe.targets[0]?.range,
    expect: probe.expect,
  };
}
