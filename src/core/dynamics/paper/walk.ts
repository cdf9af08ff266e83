import type { Column, Numbers } from '../../results/measured/log';
import { ANALYSED_EXAMPLES, LAG, PAPER_BLOCKS, SPACING, WINDOW, type PaperBlock } from './procedure';
import {
  byKind,
  PAPER_KINDS,
  PROBES_PER_EXAMPLE,
  type PaperKind,
  type PaperPart,
  type PublishedLog,
} from './publishedLog';
import { describePlace, logPlace, stops, type Place } from './stops';

/** A probe that the procedure uses, in one column of the log. */
export interface UsedProbe {
  readonly place: Place;
  /** One value an entry: losses, or perplexities in `exp` mode, with the other sign. */
  readonly values: Numbers;
  /**
   * Entry of the local acquisition maximum (of losses the first minimum) after each injection, the last injection's at the end.
   * Of `first` and `full` only that one.
   */
  readonly peaks: readonly number[];
}

/** One condition's probes of one kind, by part, in the log's order. */
export type Group = Readonly<Record<PaperPart, readonly UsedProbe[]>>;

export interface WalkedBlock {
  readonly block: PaperBlock;
  readonly groups: Readonly<Record<PaperKind, Group>>;
}

/** The order in which the published code visits the parts: which of several faults ends it depends on that. */
const VISITED = ['target', 'first', 'full'] as const;

/**
 * Looks at every probe as the published code does, in its order, and finds the windows' peaks.
 * @param lag entries after the last peak at which the caller reads
 * @returns one per condition all of whose examples are in the log; the published code reports no others
 * @throws FailureError where the published code ends with an exception: quirk 5 (it compares the losses in each window,
 * also those of `first` and `full`, which no figure comes from) and quirk 6 (entries 50 after a peak)
 */
export function walk(log: PublishedLog, lag: number): WalkedBlock[] {
  const walked = PAPER_BLOCKS.map((block) => ({ block, groups: byKind(() => emptyGroup()) }));
  const examples = Math.min(log.examples, ANALYSED_EXAMPLES);
  for (let example = 0; example < examples; example++) {
    const { block, groups } = walked.find(({ block: { end } }) => example < end)!;
    for (let probe = 0; probe < PROBES_PER_EXAMPLE; probe++) {
      const series = example * PROBES_PER_EXAMPLE + probe;
      for (const kind of PAPER_KINDS) {
        for (const part of VISITED) {
          const used = visit(seriesAt(log, { kind, part, series }), block, lag);
          if (used !== undefined) groups[kind][part].push(used);
        }
      }
    }
  }
  return walked.filter(({ block: { end } }) => end <= examples);
}

/** Whether an entry of a used probe is null. */
export function isNull(log: PublishedLog, { place, values }: UsedProbe, entry: number): boolean {
  const { missing } = log.logprobs[place.kind][place.part];
  return missing?.[place.series * values.length + entry] === 1;
}

function emptyGroup(): Record<PaperPart, UsedProbe[]> {
  return { first: [], target: [], full: [] };
}

/** One probe's entries in one column. */
interface Entries {
  readonly place: Place;
  readonly values: Numbers;
  /** 1 where the log says null. */
  readonly missing: Uint8Array | undefined;
}

function seriesAt(log: PublishedLog, place: Place): Entries {
  const { values, missing }: Column = log.logprobs[place.kind][place.part];
  const entries = log.loggedSteps.length;
  const start = place.series * entries;
  return {
    place,
    values: values.subarray(start, start + entries),
    missing: missing?.subarray(start, start + entries),
  };
}

function visit(entries: Entries, block: PaperBlock, lag: number): UsedProbe | undefined {
  const { place, values } = entries;
  const peak = peakAfter(entries, (block.injections - 1) * SPACING);
  reach(entries, peak, lag);
  // Quirk 3: without any rise or fall R would be 0/0, and with R goes all else of the probe, its effectivity too.
  if (values[0] === values[peak]) return undefined;
  refuseNull(entries, 0);
  refuseNull(entries, peak + lag);
  if (place.part !== 'target') return { place, values, peaks: [peak] };
  const injections = Array.from({ length: block.injections }, (_, i) => i * SPACING);
  return { place, values, peaks: injections.map((injection) => targetPeak(entries, injection)) };
}

function targetPeak(entries: Entries, injection: number): number {
  const peak = peakAfter(entries, injection);
  reach(entries, peak, LAG);
  refuseNull(entries, injection);
  // Where nothing was gained, the entry 50 later is read and not used.
  if (entries.values[peak]! > entries.values[injection]!) refuseNull(entries, peak + LAG);
  return peak;
}

/** The first of the greatest in the window after an injection. NaN is neither less nor more: it stays only where it is first. */
function peakAfter(entries: Entries, injection: number): number {
  const { place, values } = entries;
  const last = Math.min(injection + WINDOW, values.length - 1);
  let peak = injection + 1;
  if (peak > last)
    throw stops(
      'too-short',
      `The log has ${values.length} entries, and the window after the injection at entry ${injection} needs more`,
      'ValueError',
      tooShort,
    );
  for (let entry = peak; entry <= last; entry++) {
    if (entries.missing?.[entry] === 1)
      throw stops(
        'null',
        `The ${describePlace(place)}, is null at entry ${entry}, in the window after the injection at entry ${injection}`,
        'TypeError',
        { place: logPlace(place, entry) },
      );
    if (values[entry]! > values[peak]!) peak = entry;
  }
  return peak;
}

function reach({ place, values }: Entries, peak: number, lag: number): void {
  if (peak + lag < values.length) return;
  throw stops(
    'too-short',
    `The log has ${values.length} entries, and the ${describePlace(place)}, is read ${lag} entries after its local ` +
      `acquisition maximum at entry ${peak}`,
    'IndexError',
    tooShort,
  );
}

const tooShort = { remedy: 'With 1,001 entries every log is long enough: the first before any training.' };

function refuseNull({ place, missing }: Entries, entry: number): void {
  if (missing?.[entry] !== 1) return;
  throw stops('null', `The ${describePlace(place)}, is null at entry ${entry}, which is read`, 'TypeError', {
    place: logPlace(place, entry),
  });
}
