import type { Part } from '../../core/results/part';

/** The last moment that a date can name. */
const LAST = 8.64e15;

/**
 * When a part was written, in milliseconds, by the clock of whoever wrote it or later, see {@link dateAfter}; long ago
 * where it does not say so.
 */
export function writtenAt({ metadata }: Part): number {
  const time = Date.parse(metadata.settings['written'] ?? '');
  return Number.isNaN(time) ? -Infinity : time;
}

/**
 * The date of a part that is to count before others: now, but in any case after them. Clocks of machines differ, and
 * one that is put right goes back; what was scored last would then be taken for the older.
 * @param latest milliseconds, the latest date of the others
 */
export function dateAfter(latest: number): Date {
  return new Date(Math.min(Math.max(Date.now(), latest + 1), LAST));
}
