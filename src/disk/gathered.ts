import { basename } from 'node:path';
import type { Failure, FailureSite } from '../core/failure';
import { groupBy } from '../core/groupBy';

const MOST_NAMED = 5;

/**
 * One failure for all that differ in their files and places only: forty checkpoints that are wrong in the same way
 * are one sentence, which names some of them. All of them are there for programs and logs, as `others`.
 * @param what things of the same sort, in the plural
 */
export function gathered(failures: readonly Failure[], what: string): Failure[] {
  const groups = groupBy(failures, ({ code, message, remedy }) => JSON.stringify([code, message, remedy]));
  return [...groups.values()].map(([first, ...others]) => {
    if (others.length === 0) return first;
    const names = [...new Set(others.map(nameOf))];
    const also =
      names.length > MOST_NAMED
        ? `${others.length} more ${what}: ${names.slice(0, MOST_NAMED).join('; ')}; …`
        : names.join('; ');
    return {
      ...first,
      message: `${first.message} The same is true of ${also}.`,
      others: [...(first.others ?? []), ...others.flatMap((one) => [siteOf(one), ...(one.others ?? [])])],
    };
  });
}

function siteOf({ file, place }: Failure): FailureSite {
  return { ...(file !== undefined && { file }), ...(place !== undefined && { place }) };
}

function nameOf({ file, place }: Failure): string {
  return place ?? basename(file ?? '');
}
