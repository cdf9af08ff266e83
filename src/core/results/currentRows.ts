import type { ChosenFoils } from '../probes/foils';
import { isScored, type Fact, type Probe, type ProbeFile } from '../probes/model';
import { createKeyCheck, type Around, type KeyCheck } from './keyCheck';
import { ofNewestScorer } from './newestScorer';
import type { Part } from './part';
import type { ScoreRow } from './row';

export interface RowOptions {
  /** Kept by those who ask again: hashing is most of the work. */
  readonly matches?: KeyCheck;
  /** What the scorer has chosen for probes that give no foils. Without it, the texts scored most often are taken. */
  readonly chosenFoils?: readonly ChosenFoils[];
}

/**
 * The rows that count: of the probes that take part, their present texts, at each step by the model that has scored there
 * last, the later of two scores of one text. By probe, then targets, further accepted targets and foils, then step.
 * @param parts of one run, older ones first
 */
export function currentRows(file: ProbeFile, parts: readonly Part[], options: RowOptions = {}): ScoreRow[] {
  return collectRows(file, parts, options).flatMap(({ target, alternatives, foils }) =>
    [target, ...alternatives, ...foils.values()].flatMap((rows) =>
      [...rows.values()].sort((a, b) => a.step - b.step),
    ),
  );
}

/** Rows by step. */
export type Rows = Map<number, ScoreRow>;

/** The rows of one probe. */
export interface Collected {
  readonly fact: Fact;
  readonly probe: Probe;
  readonly target: Rows;
  /** In the order of the further accepted targets. */
  readonly alternatives: readonly Rows[];
  /** By text. */
  readonly foils: Map<string, Rows>;
  /** Nobody knows which foils there should be: any text is one. */
  readonly anyFoil: boolean;
  /** First targets of an older text, or of another model than the step's last one. */
  readonly stale: Rows;
}

/**
 * Rows sorted by probe, each checked against the probe file's present text by its content key, and its model against the
 * step's last one.
 * @returns one for each probe that takes part, in the file's order
 */
export function collectRows(
  file: ProbeFile,
  parts: readonly Part[],
  { matches = createKeyCheck(), chosenFoils = [] }: RowOptions,
): Collected[] {
  const foilsOf = expectedFoils(chosenFoils);
  const collected = new Map<string, Map<string, Collected>>();
  for (const fact of file.facts) {
    const probes = fact.probes
      .filter(isScored)
      .map((probe) => [probe.id.value, collect(fact, probe, foilsOf(fact, probe))] as const);
    collected.set(fact.id.value, new Map(probes));
  }
  const isNewest = ofNewestScorer(parts);
  for (const part of parts) {
    const matchesIn = matches(part);
    const counts = isNewest(part);
    for (const [i, row] of part.rows.entries()) {
      const probe = collected.get(row.fact)?.get(row.probe);
      if (probe !== undefined) sort(row, probe, (around) => counts && matchesIn(i, around));
    }
  }
  return [...collected.values()].flatMap((probes) => [...probes.values()]);
}

function collect(fact: Fact, probe: Probe, foils: readonly string[] | undefined): Collected {
  return {
    fact,
    probe,
    target: new Map(),
    alternatives: probe.targets.slice(1).map(() => new Map()),
    foils: new Map((foils ?? []).map((text) => [text, new Map<number, ScoreRow>()])),
    anyFoil: foils === undefined,
    stale: new Map(),
  };
}

function sort(row: ScoreRow, into: Collected, matches: (around: Around) => boolean): void {
  const { prompt, join } = into.probe;
  const place = placeOf(row, into);
  if (place !== undefined && matches({ prompt: prompt.value, join })) {
    const before = place.get(row.step);
    // Of two programs at once one may have asked for less.
    if (before?.key === row.key && before.logprob_full !== null && row.logprob_full === null) return;
    place.set(row.step, row);
  } else if (row.role === 'target') into.stale.set(row.step, row);
}

/** Where a row of this text belongs; undefined where the probe no longer has such a text. */
function placeOf({ role, index, text }: ScoreRow, into: Collected): Rows | undefined {
  const { targets } = into.probe;
  switch (role) {
    case 'target':
      return text === targets[0]?.value ? into.target : undefined;
    case 'alternative':
      return text === targets[index + 1]?.value ? into.alternatives[index] : undefined;
    case 'foil': {
      if (into.anyFoil && !into.foils.has(text)) into.foils.set(text, new Map());
      return into.foils.get(text);
    }
  }
}

/** The foils of a probe: its own, or those chosen for its present target; undefined where nobody knows. */
function expectedFoils(
  chosen: readonly ChosenFoils[],
): (fact: Fact, probe: Probe) => readonly string[] | undefined {
  const choices = new Map(chosen.map((choice) => [JSON.stringify([choice.fact, choice.probe]), choice]));
  return (fact, probe) => {
    if (probe.foils.length > 0) return probe.foils.map(({ value }) => value);
    const choice = choices.get(JSON.stringify([fact.id.value, probe.id.value]));
    return choice?.target === probe.targets[0]?.value ? choice?.foils : undefined;
  };
}
