import type { Failure } from '../core/failure';

/**
 * One failure for all that differ in their files only: forty checkpoints that are wrong in the same way are one sentence.
 * @param what things of the same sort, in the plural
 */
export function gathered(failures: readonly Failure[], what: string): Failure[] {
  const counts = new Map<string, { readonly first: Failure; more: number }>();
  for (const failure of failures) {
    const key = `${failure.code} ${failure.remedy ?? ''}`;
    const same = counts.get(key);
    if (same !== undefined) same.more++;
    else counts.set(key, { first: failure, more: 0 });
  }
  return [...counts.values()].map(({ first, more }) =>
    more === 0 ? first : { ...first, message: `${first.message} The same is true of ${more} more ${what}.` },
  );
}
