import type { GroupAnalysis, RunAnalysis } from '../../src/core/dynamics/analysis';
import type { GroupKernel } from '../../src/core/dynamics/kernel/kernel';
import { CONDITIONS, PROBE_KINDS, type Condition, type ProbeKind } from '../../src/core/probes/model';

/** Made-up numbers in the shape of a real run: jumps at ten encounters, then decay linear in log t. */
export function madeUpRun(run: string, changes: Partial<RunAnalysis> = {}): RunAnalysis {
  const steps = [
    ...[
      0, 10, 20, 40, 50, 60, 70, 90, 100, 110, 120, 140, 150, 170, 200, 210, 220, 250, 270, 300, 310, 320,
      350,
    ],
    ...[360, 370, 400, 410, 430, 450, 460, 470, 480, 500, 530, 570, 620, 700, 800, 950, 1120, 1300],
  ];
  return {
    run,
    group: 'small',
    seed: 1,
    window: 50,
    steps,
    coverage: { probes: 144, complete: 144, stale: 0 },
    by: 'condition-kind',
    fence: null,
    bootstrap: null,
    groups: CONDITIONS.flatMap((condition) => PROBE_KINDS.map((kind) => group(steps, condition, kind))),
    notes: [],
    ...changes,
  };
}

export const ENCOUNTERS = Array.from({ length: 10 }, (_, index) => index * 50);

const KERNEL: GroupKernel = {
  net: false,
  probes: 10,
  baseline: -7.5,
  additions: ENCOUNTERS.map(() => 0.5),
  peakDelay: 10,
  fit: {
    a: 0.25,
    b: 1,
    standardError: 0.01,
    threshold: 10_000,
    thresholdTokens: 19_200_000,
    extrapolated: true,
    longestLag: 1290,
    r2: 0.991,
    rmse: 0.01,
    points: 40,
    interval: { a: { low: 0.2, high: 0.3 }, b: null, threshold: { low: 5000, high: 30_000 } },
  },
  why: null,
  curve: null,
};

/** Its curve; a threshold after a last peak at 460, by duplication within the checkpoints. */
function kernelOf(steps: readonly number[], condition: Condition): GroupKernel {
  const threshold = condition === 'duplication' ? 500 : 10_000;
  const model = steps.map((step) => {
    const since = step - 460;
    if (since < 0) return step % 50 === 10 ? step / 200 : null;
    return Math.max(0, 2.3 * (1 - Math.log10(Math.max(since, 1)) / Math.log10(threshold)));
  });
  const measured = steps.map((step, i) => (model[i] ?? step / 200) + 0.1 * Math.sin(step));
  const curve = { probes: 10, encounters: ENCOUNTERS, steps, measured, model, lastPeak: 460 };
  const fit = { ...KERNEL.fit!, threshold, extrapolated: threshold > 1290 };
  return { ...KERNEL, fit, curve };
}

const RISE: Record<Condition, number> = { paraphrase: 0.5, duplication: 0.6, once: 0.5, control: -0.01 };
const SHARE: Record<ProbeKind, number> = { memorization: 1, semantic: 0.6, composition: 0.15 };
const DECAY: Record<Condition, number> = { paraphrase: 0.31, duplication: 0.42, once: 0.5, control: 0 };

function group(steps: readonly number[], condition: Condition, kind: ProbeKind): GroupAnalysis {
  const encounters = condition === 'control' ? [] : condition === 'once' ? [0] : ENCOUNTERS;
  const rise = RISE[condition] * SHARE[kind];
  const kept = (t: number) =>
    t <= 0 ? 0 : Math.max(0, 1 - DECAY[condition] * Math.log10(Math.max(t / 10, 1)));
  const level = (step: number) => encounters.reduce((sum, at) => sum + rise * kept(step - at), 0);
  const lags = [0, 5, 10, 20, 50, 100, 170, 270, 420, 640, 840];
  const { a, b } = { a: DECAY[condition], b: 1.05 };
  return {
    label: `${condition} · ${kind}`,
    condition,
    kind,
    facts: 6,
    probes: 12,
    trajectory: { steps, meanDelta: steps.map(level), n: steps.map(() => 12), encounters },
    effectivity: encounters.map((step, index) => ({
      encounter: index + 1,
      step,
      mean: rise,
      null: 0.02,
      net: rise - 0.02,
      fixedLag: rise * 0.9,
      fixedLagNull: -0.01,
      n: 12,
      checkpointsInWindow: 3,
      interval: null,
    })),
    meanEffectivity: encounters.length > 0 ? rise : null,
    meanNull: 0.02,
    meanNet: encounters.length > 0 ? rise - 0.02 : null,
    netRetention: null,
    kernel:
      kind === 'memorization' && (condition === 'paraphrase' || condition === 'duplication')
        ? kernelOf(steps, condition)
        : null,
    outliers: 0,
    interval: null,
    whyNoInterval: kind === 'composition' ? 'Fewer than 5 facts.' : null,
    specificity: condition === 'control' ? null : rise * 0.4,
    retention:
      condition === 'control' || condition === 'once'
        ? null
        : {
            lags,
            meanR: lags.map((t) => (t === 0 ? 1 : b - a * Math.log10(t) + 0.02 * Math.sin(t))),
            ratioOfMeans: lags.map((t) => (t === 0 ? 1 : b - a * Math.log10(t))),
            n: 10,
            leftOut: 2,
            incomplete: 0,
            threshold: 0.05,
            fit:
              kind === 'composition'
                ? null
                : {
                    a,
                    b,
                    r2: 0.982,
                    aic: -100,
                    rmse: 0.02,
                    standardError: 0.01,
                    points: 60,
                    horizon: 10 ** (b / a),
                    extrapolated: a < 0.35,
                    horizonTokens: 10 ** (b / a) * 1920,
                  },
            why: kind === 'composition' ? 'R stays below zero throughout' : null,
            exponential: null,
            better: null,
            interval:
              kind === 'memorization'
                ? {
                    meanR: lags.map((t) =>
                      t === 0
                        ? null
                        : { low: b - a * Math.log10(t) - 0.1, high: b - a * Math.log10(t) + 0.1 },
                    ),
                    a: { low: a - 0.05, high: a + 0.05 },
                    horizon: { low: 10 ** (b / a) / 2, high: null },
                    horizonTokens: { low: (10 ** (b / a) / 2) * 1920, high: null },
                  }
                : null,
          },
  };
}
