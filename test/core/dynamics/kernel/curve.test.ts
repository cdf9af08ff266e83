import { describe, expect, it } from 'vitest';
import { estimateKernel } from '../../../../src/core/dynamics/kernel/estimate';
import { describeKernel } from '../../../../src/core/dynamics/kernel/group';
import { kernelAt } from '../../../../src/core/dynamics/kernel/kernel';
import type { KernelProbe } from '../../../../src/core/dynamics/kernel/trajectories';
import { everyStep, madeUp, regular } from '../madeUp';

const KERNEL = { a: 0.4, b: 1 };
const described = (probes: readonly KernelProbe[]) => describeKernel(estimateKernel(probes, 50));

describe('the curve of a kernel', () => {
  const encounters = regular(3, 100);

  it('passes through what was measured without noise, and says nothing from an encounter to its peak', () => {
    const probes = madeUp({ kernel: KERNEL, encounters, steps: everyStep(-5, 900), facts: 4, spread: 0.5 });
    const { curve, baseline } = described(probes);
    expect(curve).toMatchObject({ probes: 4, encounters, lastPeak: 210 });
    expect(curve!.steps).toEqual(everyStep(0, 900));
    expect(curve!.measured[0]).toBe(0);
    for (const [i, step] of curve!.steps.entries()) {
      const mean = probes.reduce((sum, { series }) => sum + series.values[step + 5]! / 4, 0);
      expect(curve!.measured[i]).toBeCloseTo(mean - baseline!, 10);
      const rising = step <= 200 ? step % 100 < 10 && step % 100 > 0 : step < 210;
      if (step === 0 || rising) expect(curve!.model[i]).toBeNull();
      else expect(curve!.model[i]).toBeCloseTo(curve!.measured[i]!, 8);
    }
  });

  it('is the sum of the rises that is left, and comes to 0 with the threshold', () => {
    const probes = madeUp({
      ...{ kernel: KERNEL, encounters, steps: everyStep(0, 900), facts: 30 },
      ...{ noise: 0.1, seed: 5 },
    });
    const { curve, fit, additions } = described(probes);
    const peaks = encounters.map((at) => at + curve!.lastPeak - 200);
    for (const [i, step] of curve!.steps.entries()) {
      const level = curve!.model[i];
      if (level == null) continue;
      const left = peaks.map((peak, k) =>
        step < peak ? 0 : additions[k]! * (step === peak ? 1 : kernelAt(fit!, step - peak)),
      );
      expect(level).toBeCloseTo(left[0]! + left[1]! + left[2]!, 10);
    }
    const gone = curve!.lastPeak + fit!.threshold!;
    expect(gone).toBeLessThan(900);
    expect(curve!.model[Math.ceil(gone)]).toBe(0);
    expect(curve!.model[Math.floor(gone) - 1]).toBeGreaterThan(0);
  });

  it('is of the schedule that most probes have', () => {
    const some = (own: readonly number[], facts: number) =>
      madeUp({ kernel: KERNEL, encounters: own, steps: everyStep(0, 600), facts });
    const { curve, probes } = described([...some([0], 2), ...some([50, 120], 3)]);
    expect(probes).toBe(5);
    expect(curve).toMatchObject({ probes: 3, encounters: [50, 120], lastPeak: 130 });
    expect(curve!.steps[0]).toBe(50);
  });

  it('is missing without a fit', () => {
    expect(described([]).curve).toBeNull();
  });
});
