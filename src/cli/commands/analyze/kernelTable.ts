import type { GroupAnalysis } from '../../../core/dynamics/analysis';
import {
  describeHorizonAlone,
  describeInterval,
  describeThreshold,
  describeThresholdTokens,
} from '../../../core/dynamics/describe';
import { decimal } from '../../../core/format';
import { formatTable } from '../../output';

/** The kernels of a run's groups beside their horizons, and why these differ; nothing where no fact is ever met. */
export function kernelTable(groups: readonly GroupAnalysis[]): string[] {
  const met = groups.flatMap(({ kernel, ...group }) => (kernel === null ? [] : [{ ...group, kernel }]));
  if (met.length === 0) return [];
  const net = met.some(({ kernel }) => kernel.net) ? ', net of controls' : '';
  return [
    '',
    `Kernel: what one encounter’s rise leaves after t steps, clip(b − a·log10 t, 0, 1)${net};`,
    'it reaches 0 at the learnability threshold: encounters further apart do not accumulate. The horizon of',
    'mean R lies further out after several encounters, because the earlier ones’ rises, which fall slowly by',
    'then, are counted with the last one’s. *: beyond the data',
    formatTable(
      ['group', 'probes', 'a', 'b', 'R²', 'horizon of mean R', 'threshold, tokens', 'threshold, steps'],
      met.map(({ label, kernel, retention, netRetention }) => {
        const { fit, probes } = kernel;
        const compared = kernel.net ? netRetention : retention;
        return [
          ...[label, String(probes)],
          decimal(fit?.a ?? null, 3) + describeInterval(fit?.interval?.a, 3),
          ...[decimal(fit?.b ?? null), decimal(fit?.r2 ?? null)],
          compared?.fit == null ? '–' : describeHorizonAlone(compared, '*'),
          ...[describeThresholdTokens(kernel), fit === null ? '–' : describeThreshold(kernel, '*')],
        ];
      }),
    ),
  ];
}
