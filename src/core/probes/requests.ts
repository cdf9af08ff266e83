import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { FailureError } from '../failure';
import type { ScoreRequest } from '../results/request';
import { conditionIn, type Fact, type Probe, type ProbeFile, type ProbeKind } from './model';
import { FORMAT_VERSION, isNewer } from './parse';

/** Foils taken for a probe that gives none (DESIGN section 2, specificity). */
export const AUTOMATIC_FOILS = 8;

/** Number of a text's tokens when it stands after `join`. */
export type TokenCounter = (text: string, join: string) => number;

/** Part of a file; everything when nothing is said. */
export interface RequestSelection {
  readonly fact?: string;
  readonly probe?: string;
}

/**
 * The texts to be scored for a run: of each probe that is not excluded, its first target, the other accepted ones,
 * and its foils. A probe without foils is given up to eight targets of other facts, of the same kind and the same
 * number of tokens, chosen by a hash: the same ones whichever part of the file is selected, and as many of them as
 * possible when facts are added or taken away. Texts that the probe's own fact accepts as targets are no foils.
 *
 * @param file with the facts of included files (`whole` of a loaded file)
 * @param options.countTokens of the run's tokenizer; words are counted without it
 * @throws FailureError `newer-version` for a file that is shown but not scored
 */
export function scoreRequests(
  file: ProbeFile,
  runId: string,
  options: RequestSelection & { readonly countTokens?: TokenCounter } = {},
): ScoreRequest[] {
  if (isNewer(file))
    throw new FailureError({
      code: 'newer-version',
      message: `This probe file has version ${file.version ?? ''}; only version ${FORMAT_VERSION} can be scored.`,
      remedy: 'Update Knowledge Probes.',
    });
  const foilsFor = automaticFoils(file, options.countTokens ?? countWords);
  return file.facts.flatMap((fact) => {
    if (options.fact !== undefined && fact.id.value !== options.fact) return [];
    return fact.probes.flatMap((probe) => {
      if (!isScored(probe) || (options.probe !== undefined && probe.id.value !== options.probe)) return [];
      const [target, ...alternatives] = probe.targets.map(({ value }) => value);
      const foils = probe.foils.length > 0 ? probe.foils.map(({ value }) => value) : foilsFor(fact, probe);
      const request = (role: ScoreRequest['role']) => (text: string, index: number) => ({
        fact: fact.id.value,
        probe: probe.id.value,
        kind: probe.kind,
        condition: conditionIn(fact, runId) ?? null,
        role,
        index,
        prompt: probe.prompt.value,
        join: probe.join,
        text,
      });
      return [
        request('target')(target!, 0),
        ...alternatives.map(request('alternative')),
        ...foils.map(request('foil')),
      ];
    });
  });
}

/** Whether a probe takes part in scoring and in means. */
export function isScored(probe: Probe): boolean {
  return !probe.exclude && probe.targets.length > 0;
}

interface Candidate {
  readonly text: string;
  readonly folded: string;
  readonly place: number;
}

/**
 * Candidates stand on a ring in the order of their hashes, one ring for each kind and length; a probe takes those
 * that follow its own hash. So a new fact displaces few foils, and 10,000 probes need 20,000 hashes.
 */
function automaticFoils(file: ProbeFile, countTokens: TokenCounter): (fact: Fact, probe: Probe) => string[] {
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
  return (fact, probe) => {
    const ring = rings.get(ringOf(probe.kind, probe.targets[0]!.value, probe.join)) ?? [];
    const start = firstFrom(ring, placeOf('probe', fact.id.value, probe.id.value));
    const accepted = new Set(fact.probes.flatMap(({ targets }) => targets.map(({ value }) => folded(value))));
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
