import { accumulatedLevel, reaches, type Regular } from './accumulate';

/** How many encounters are needed. */
export type FewestEncounters =
  | { readonly kind: 'encounters'; readonly encounters: number; readonly level: number }
  /** However many there are, the level stays at this one, the steady state. */
  | { readonly kind: 'never'; readonly level: number };

/**
 * The smallest number of encounters at an interval whose last peak reaches what is wanted (DESIGN section 6). The steady
 * state is reached as soon as the first rise is lost whole, so that "never" is no matter of patience.
 * @param wanted nats above the start; @param interval steps, above 0
 */
export function fewestEncounters(regular: Regular, wanted: number, interval: number): FewestEncounters {
  const at = (n: number) => accumulatedLevel(regular, interval, n);
  const steady = at(Infinity);
  if (!reaches(steady, wanted)) return { kind: 'never', level: steady };
  const encounters = firstEncounter((n) => reaches(at(n), wanted));
  return { kind: 'encounters', encounters, level: at(encounters) };
}

/** The smallest number of encounters with which something holds. @param holds with all larger numbers too, and with some */
export function firstEncounter(holds: (n: number) => boolean): number {
  let [tooFew, enough] = [0, 1];
  while (!holds(enough)) [tooFew, enough] = [enough, enough * 2];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (holds(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
