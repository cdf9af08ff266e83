import type { Interval } from '../bootstrap/bootstrap';

/** Standard errors by which a rate has to differ from 0 where no interval is there to tell. */
const LEAST_ERRORS = 2;

/**
 * Whether a fall is measured. The one rule behind horizon, half-life, learnability threshold and the better fit, so that
 * words and intervals never contradict each other: where there is an interval, it has to lie above 0; without one, the
 * rate by two standard errors. Neighbouring residuals are alike, so that the true error is larger than the standard one:
 * what fails this small demand shows no fall at all.
 * @param rate what is lost, a or λ: above 0 where anything falls
 * @param interval of a, by bootstrap; null without
 */
export function falls(rate: number, standardError: number, interval: Interval | null): boolean {
  if (!(rate > 0)) return false;
  return interval === null ? rate > LEAST_ERRORS * standardError : interval.low !== null && interval.low > 0;
}
