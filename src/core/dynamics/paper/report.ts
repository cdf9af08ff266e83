import { toFailure, type Failure } from '../../failure';
import type { ProbeKind } from '../../probes/model';
import { paperCurves } from './curves';
import { paperDecay, type CurveSet, type DecayOptions, type PaperDecay } from './decay';
import { perplexities } from './perplexity';
import { LAG, PAPER_CONDITIONS } from './procedure';
import { PAPER_KINDS, PROBE_KIND_OF, type PublishedLog } from './publishedLog';
import { paperScores, type PaperGroupScores } from './scores';
import { walk } from './walk';

export interface PaperOptions extends DecayOptions {
  /** Perplexities instead of losses: what the published code takes unless `--no_take_exp` is given. */
  readonly exp?: boolean;
}

/** The published procedure's figures of one log, or of curves that it has written. */
export interface PaperAnalysis {
  /** Null of curves. */
  readonly log: {
    readonly entries: number;
    readonly examples: number;
    /** Whether values are perplexities; else they are losses in nats. */
    readonly exp: boolean;
  } | null;
  /** Whether the fits are of the share lost, 1 − R. */
  readonly reverse: boolean;
  /** What a step counts in the fits; null: the x axis has steps. */
  readonly tokensPerStep: number | null;
  /** One per condition and kind, in the order of the log's examples, or of the file of curves. */
  readonly groups: readonly PaperGroup[];
  /** What the outlier filter took out of all curves; null of curves, and where there are none. */
  readonly removed: { readonly values: number; readonly percent: number } | null;
  /** Where the published code ends with an exception: what it would have computed from there on is null in `groups`. */
  readonly failures: readonly Failure[];
}

export interface PaperGroup {
  /** Of curves the file's own words. */
  readonly condition: string;
  readonly kind: ProbeKind;
  /** Mean over probes and injections, pooled, without outliers; nats, or a difference of perplexities. */
  readonly effectivity: number | null;
  /** {@link PaperGroupScores}; the columns of the retainability are not the injections. */
  readonly perInjection: PaperGroupScores['perInjection'] | null;
  /** Mean retainability in per cent, index t: t entries after the last injection's local acquisition maximum. */
  readonly curve: readonly number[] | null;
  /** Fitted to `curve` from t = 1 on. */
  readonly decay: PaperDecay | null;
}

/** All that the published code says of a log. Where it ends with an exception the others of its figures remain. */
export function analyzePublished(
  log: PublishedLog,
  { exp = false, ...options }: PaperOptions = {},
): PaperAnalysis {
  const failures: Failure[] = [];
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === 'unexpected') throw error;
      // The scores and the curves rest on the same windows and then end at the same place.
      if (failures.every(({ message }) => message !== failure.message)) failures.push(failure);
      return undefined;
    }
  };
  const values = exp ? attempt(() => perplexities(log)) : log;
  const walked = values && attempt(() => walk(values, LAG));
  const scores = walked && attempt(() => paperScores(values, walked));
  const curves = values && attempt(() => paperCurves(values, scores && walked));
  const decay = curves && attempt(() => paperDecay(curves.curves, options));
  return {
    log: { entries: log.loggedSteps.length, examples: log.examples, exp },
    ...axes(options),
    groups: PAPER_CONDITIONS.flatMap((condition) =>
      PAPER_KINDS.map((kind) => ({
        condition,
        kind: PROBE_KIND_OF[kind],
        effectivity: scores?.[condition]?.[kind].effectivity ?? null,
        perInjection: scores?.[condition]?.[kind].perInjection ?? null,
        curve: curves === undefined ? null : Array.from(curves.curves[condition][kind]),
        decay: decay?.[condition]?.[kind] ?? null,
      })),
    ),
    removed: curves === undefined ? null : { values: curves.removed, percent: curves.removedPercent },
    failures,
  };
}

/**
 * The decay fits of curves alone, as `forgetting_plot.py` takes them.
 * @throws FailureError as {@link paperDecay} does
 */
export function analyzeCurves(curves: CurveSet, options: DecayOptions = {}): PaperAnalysis {
  const decay = paperDecay(curves, options);
  return {
    log: null,
    ...axes(options),
    groups: Object.entries(curves).flatMap(([condition, ofKind]) =>
      PAPER_KINDS.map((kind) => ({
        condition,
        kind: PROBE_KIND_OF[kind],
        effectivity: null,
        perInjection: null,
        curve: Array.from(ofKind[kind]),
        decay: decay[condition]![kind],
      })),
    ),
    removed: null,
    failures: [],
  };
}

function axes({
  reverse = false,
  tokensPerStep,
}: DecayOptions): Pick<PaperAnalysis, 'reverse' | 'tokensPerStep'> {
  return { reverse, tokensPerStep: tokensPerStep ?? null };
}
