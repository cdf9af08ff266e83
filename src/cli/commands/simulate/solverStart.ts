import { FailureError } from '../../../core/failure';
import { startFrom, type KernelChoice, type Start } from './kernelOptions';

/** As {@link startFrom}, for questions that have an answer only where what was learned does not grow by itself. */
export async function solverStart(choice: KernelChoice): Promise<Start> {
  const start = await startFrom(choice);
  if (start.kernel.a < 0 || start.rise <= 0)
    throw new FailureError({
      code: 'nothing-forgotten',
      message:
        start.rise <= 0
          ? 'The encounters of these probes add nothing.'
          : 'The kernel of these probes rises: nothing is forgotten, and every interval is as good.',
      remedy: 'Choose other probes, or give numbers with --a, --threshold and --rise.',
    });
  return start;
}
