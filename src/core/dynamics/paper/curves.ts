import { createFilteredMean } from './outliers';
import { ANALYSED_EXAMPLES, CURVE_OFFSET, type PaperCondition } from './procedure';
import { byKind, PAPER_KINDS, PAPER_PARTS, type PaperKind, type PublishedLog } from './publishedLog';
import { lastShares, notANumber, scoreGroup } from './scores';
import { describePlace, logPlace, stops } from './stops';
import { isNull, walk, type UsedProbe, type WalkedBlock } from './walk';

export interface PaperCurves {
  /**
   * Mean retainability in per cent, index t: t entries after the local acquisition maximum of the last injection. Each
   * point has lost its own outliers, so the set of probes changes along the curve.
   */
  readonly curves: Readonly<Record<PaperCondition, Readonly<Record<PaperKind, Float64Array>>>>;
  /** Values that the outlier filter took out of all curves. */
  readonly removed: number;
  /** The same in per cent of all that there would be if no probe were skipped. */
  readonly removedPercent: number;
}

/**
 * The retainability curves, t = 0 … N − 951 for a log of N entries.
 * @param scored the log, walked with any lag, where all its scores could be taken
 * @throws FailureError where the published code ends with an exception
 */
export function paperCurves(log: PublishedLog, scored?: readonly WalkedBlock[]): PaperCurves {
  const points = log.loggedSteps.length - CURVE_OFFSET;
  if (points < 1) throw tooShort(log.loggedSteps.length);
  const walked = scored ?? walk(log, 0);
  if (log.examples < ANALYSED_EXAMPLES) throw tooFew(log.examples);
  // The published code takes all scores anew for each t, and so it ends where they cannot be taken.
  if (scored === undefined) {
    for (const { block, groups } of walked)
      for (const kind of PAPER_KINDS) scoreGroup(groups[kind], block, kind);
  }
  refuseNulls(log, walked, points);
  let removed = 0;
  const curves = Object.fromEntries(
    walked.map(({ block, groups }) => [
      block.condition,
      byKind((kind) => {
        const curve = groupCurve(groups[kind].target, points);
        removed += curve.removed;
        return curve.means;
      }),
    ]),
  ) as Record<PaperCondition, Record<PaperKind, Float64Array>>;
  return { curves, removed, removedPercent: (removed / (points * 15 * 120)) * 100 };
}

function groupCurve(probes: readonly UsedProbe[], points: number): { means: Float64Array; removed: number } {
  const count = probes.length;
  // By t first: each point's values stand side by side.
  const shares = new Float64Array(points * count);
  probes.forEach(({ values, peaks }, i) => {
    const peak = peaks.at(-1)!;
    const before = values[0]!;
    const gained = values[peak]! - before;
    for (let t = 0; t < points; t++) shares[t * count + i] = ((values[peak + t]! - before) / gained) * 100;
  });
  const means = new Float64Array(points);
  const filteredMean = createFilteredMean(count);
  let removed = 0;
  for (let t = 0; t < points; t++) {
    const { mean, kept } = filteredMean(shares.subarray(t * count, (t + 1) * count));
    if (kept === 0) throw notANumber(lastShares(probes, t));
    means[t] = mean;
    removed += count - kept;
  }
  return { means, removed };
}

/** Quirk 5, of the entries that only the curve reads. The one that the published code comes to first is named. */
function refuseNulls(log: PublishedLog, walked: readonly WalkedBlock[], points: number): void {
  let first: { readonly probe: UsedProbe; readonly t: number } | undefined;
  for (const { groups } of walked) {
    for (const kind of PAPER_KINDS) {
      for (const part of PAPER_PARTS) {
        if (log.logprobs[kind][part].missing === undefined) continue;
        for (const probe of groups[kind][part]) {
          const peak = probe.peaks.at(-1)!;
          for (let t = 0; t < (first?.t ?? points); t++)
            if (isNull(log, probe, peak + t)) first = { probe, t };
        }
      }
    }
  }
  if (first === undefined) return;
  const { probe, t } = first;
  const entry = probe.peaks.at(-1)! + t;
  throw stops(
    'null',
    `The ${describePlace(probe.place)}, is null at entry ${entry}, ${t} entries after its last local acquisition maximum`,
    'TypeError',
    { place: logPlace(probe.place, entry) },
  );
}

function tooShort(entries: number): Error {
  return stops(
    'too-short',
    `The log has ${entries} entries, and the retainability curve begins with the ${CURVE_OFFSET + 1}st`,
    // The share of removed values is taken of none at 950; below, empty curves are written, and their fit fails.
    entries === CURVE_OFFSET ? 'ZeroDivisionError' : 'IndexError',
  );
}

function tooFew(examples: number): Error {
  return stops(
    'too-few-examples',
    `The log has ${examples} examples, and the procedure has its conditions at examples 0–39, 40–79 and 80–119`,
    'KeyError',
  );
}
