import { count, decimal } from '../../../core/format';
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

function caveat({ falls, extrapolated }: Origin): string {
  if (!falls) return ': no measurable fall, the threshold says nothing';
  return extrapolated ? ': the threshold is extrapolated' : '';
}

/** Three figures are more than a fitted kernel knows. */
export function roughly(value: number): string {
  return count(Number(value.toPrecision(3)));
}
