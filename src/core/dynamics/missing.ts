import type { GroupFigures } from './analysis';
import type { GroupKernel } from './kernel/kernel';

type Figures = GroupFigures & { readonly kernel?: GroupKernel | null };

const MOST_NAMED = 5;

const WHY: Readonly<Record<'fit' | 'kernel' | 'interval', (group: Figures) => string | null | undefined>> = {
  fit: ({ retention }) => retention?.why,
  kernel: ({ kernel }) => kernel?.why,
  interval: ({ whyNoInterval }) => whyNoInterval,
};

/** Why figures are missing: a line for each reason, with the groups that it holds for. */
export function describeMissing(groups: readonly Figures[], of: readonly (keyof typeof WHY)[]): string[] {
  return of.flatMap((what) => {
    const labels = new Map<string, string[]>();
    for (const group of groups) {
      const reason = WHY[what](group);
      if (reason != null) labels.set(reason, [...(labels.get(reason) ?? []), group.label]);
    }
    return [...labels].map(([reason, met]) => {
      const named = met.length > MOST_NAMED ? [...met.slice(0, MOST_NAMED), '…'] : met;
      return `No ${what} (${named.join(', ')}): ${reason}`;
    });
  });
}
