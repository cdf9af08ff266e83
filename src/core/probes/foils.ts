import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { isScored, type Fact, type Probe, type ProbeFile, type ProbeKind } from './model';

/** Foils taken for a probe that gives none (DESIGN section 2, specificity). */
export const AUTOMATIC_FOILS = 8;

/** Number of a text's tokens when it stands after `join`. */
export type TokenCounter = (text: string, join: string) => number;

/** Foils that were chosen for a probe, as they are stored: it keeps them while its own target and kind stay. */
export interface ChosenFoils {
  readonly fact: string;
  readonly probe: string;
  readonly kind: ProbeKind;
  readonly target: string;
  readonly foils: readonly string[];
}

/** The foils of any probe that gives none. */
export type FoilChooser = (fact: Fact, probe: Probe) => ChosenFoils;

/**
 * Chooses up to eight targets of other facts, of the same kind and the same number of tokens, by a hash: the same
 * ones whichever part of the file is selected, and as many of them as possible when facts are added or taken away.
 * Texts that the probe's own fact accepts as targets are no foils.
 *
 * Candidates stand on a ring in the order of their hashes, one ring for each kind and length; a probe takes those
 * that follow its own hash. So a new fact displaces few foils, and 10,000 probes need 20,000 hashes.
 *
 * @param countTokens of the run's tokenizer; words are counted without it
 * @param stored choices made before, which stay although others would be chosen now: an edit of one probe is no
 * reason to score another one anew
 */
export function foilChooser(
  file: ProbeFile,
  countTokens: TokenCounter = countWords,
  stored: readonly ChosenFoils[] = [],
): FoilChooser {
  const choose = ringChooser(file, countTokens);
  const known = new Map(stored.map((choice) => [nameOf(choice.fact, choice.probe), choice]));
  // Once a fact: one may have all of a file's probes.
  const acceptedTexts = new Map<Fact, ReadonlySet<string>>();
  const acceptedBy = (fact: Fact): ReadonlySet<string> => {
    let accepted = acceptedTexts.get(fact);
    if (accepted === undefined) {
      accepted = new Set(fact.probes.flatMap(({ targets }) => targets.map(({ value }) => folded(value))));
      acceptedTexts.set(fact, accepted);
    }
    return accepted;
  };
  return (fact, probe) => {
    const [fact_, probe_] = [fact.id.value, probe.id.value];
    const target = probe.targets[0]!.value;
    const accepted = acceptedBy(fact);
    const before = known.get(nameOf(fact_, probe_));
    const stays =
      before?.kind === probe.kind &&
      before.target === target &&
      !before.foils.some((foil) => accepted.has(folded(foil)));
    if (stays) return before;
    return { fact: fact_, probe: probe_, kind: probe.kind, target, foils: choose(fact, probe, accepted) };
  };
}

function nameOf(fact: string, probe: string): string {
  return JSON.stringify([fact, probe]);
}

interface Candidate {
  readonly text: string;
  readonly folded: string;
  readonly place: number;
}

function ringChooser(
  file: ProbeFile,
  countTokens: TokenCounter,
): (fact: Fact, probe: Probe, accepted: ReadonlySet<string>) => string[] {
  const texts = new Map<string, Map<string, string>>();
  const ringOf = (kind: ProbeKind, text: string, join: string) => `${kind} ${countTokens(text, join)}`;
  for (const probe of file.facts.flatMap(({ probes }) => probes).filter(isScored)) {
    const text = probe.targets[0]!.value;
    const ring = ringOf(probe.kind, text, probe.join);
    if (!texts.has(ring)) texts.set(ring, new Map());
    if (!texts.get(ring)!.has(folded(text))) texts.get(ring)!.set(folded(text), text);
  }
  const rings = new Map(
    [...texts].map(([ring, candidates]) => [
      ring,
      [...candidates]
        .map(([key, text]): Candidate => ({ text, folded: key, place: placeOf('target', key) }))
        .sort((a, b) => a.place - b.place),
    ]),
  );
  // What the fact accepts itself is left out below, so that whatever remains is another fact's.
  return (fact, probe, accepted) => {
    const ring = rings.get(ringOf(probe.kind, probe.targets[0]!.value, probe.join)) ?? [];
    const start = firstFrom(ring, placeOf('probe', fact.id.value, probe.id.value));
    const foils: string[] = [];
    for (let i = 0; i < ring.length && foils.length < AUTOMATIC_FOILS; i++) {
      const candidate = ring[(start + i) % ring.length]!;
      if (!accepted.has(candidate.folded)) foils.push(candidate.text);
    }
    return foils;
  };
}

/** Index of the first candidate at or after a place; the ring's length if there is none. */
function firstFrom(ring: readonly Candidate[], place: number): number {
  let [low, high] = [0, ring.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ring[middle]!.place < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first 48 bits of a hash over texts. */
function placeOf(...texts: readonly string[]): number {
  return sha256(utf8ToBytes(JSON.stringify(texts)))
    .subarray(0, 6)
    .reduce((place, byte) => place * 256 + byte, 0);
}

function folded(text: string): string {
  return text.trim().toLowerCase();
}

/** Words, or characters for scripts without spaces. */
function countWords(text: string, join: string): number {
  return join === '' ? Array.from(text).length : text.trim().split(/\s+/u).length;
}
