import type { Impossible } from '../../../core/dynamics/forward/ceiling';
import { count, decimal, signed } from '../../../core/format';
import type { Origin, Start } from './kernelOptions';

/** What a simulation starts from, in a line or two for people. */
export function describeStart({ kernel: { a, b }, rise, peakDelay, threshold, from }: Start): string {
  const reach =
    threshold === null ? 'it never reaches 0' : `learnability threshold ${roughly(threshold)} steps`;
  const lines = [
    `Kernel K(t) = clip(${decimal(b, 3)} − ${decimal(a, 3)}·log10 t, 0, 1): ${reach}. Each encounter adds ${decimal(rise, 3)} nats,`,
    `at its peak ${peakDelay === 1 ? 'one step' : `${count(peakDelay)} steps`} later.`,
  ];
  if (from !== null) {
    const whose = [from.condition ?? 'no condition', from.kind].filter((part) => part !== null).join(', ');
    lines.push(
      `Fitted to run ${from.run} (${whose}${from.net ? ', net of controls' : ''}), measured up to ${count(from.longestLag)} steps after the first peak${caveat(from)}.`,
    );
  }
  return lines.join('\n');
}

/** Says from where on a simulation is impossible; nothing where it is not. */
export function describeImpossible(
  { baseline, from }: Pick<Start, 'baseline' | 'from'>,
  impossible: Impossible | null,
): string[] {
  if (impossible === null) return [];
  const { encounter, step, level } = impossible;
  const place = `the peak of encounter ${count(encounter)} (step ${count(step)})`;
  return ['', `Note: ${describeCeiling(place, baseline!, level, from?.net === true)}`];
}

/** @param place from which on; @param net whether the level is that above the controls */
export function describeCeiling(place: string, baseline: number, level: number, net: boolean): string {
  const controls = net ? ', if the controls stay where they were' : '';
  return `impossible from ${place} on: ${decimal(baseline, 3)} nats at the start and ${signed(level, 3)} exceed a log probability of 0${controls}. The model knows no ceiling, and no longer holds there.`;
}

function caveat({ falls, extrapolated }: Origin): string {
  if (!falls) return ': no measurable fall, the threshold says nothing';
  return extrapolated ? ': the threshold is extrapolated' : '';
}

/** Three figures are more than a fitted kernel knows. */
export function roughly(value: number): string {
  return count(Number(value.toPrecision(3)));
}
