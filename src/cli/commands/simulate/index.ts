import type { Command } from 'commander';
import type { ExitCode } from '../../exitCodes';
import { addEncounters } from './encounters';
import { addForecast } from './forecast';
import { addInterval } from './interval';
import { addPopulation } from './population';
import { addSchedule } from './schedule';

/** `simulate`: what a schedule or a corpus leads to, computed from fitted or given parameters (DESIGN section 10). */
export function addSimulate(program: Command, end: (code: ExitCode) => void): void {
  const simulate = program
    .command('simulate')
    .description('forward model and populations: what a schedule or a corpus leads to');
  addSchedule(simulate, end);
  addInterval(simulate, end);
  addEncounters(simulate, end);
  addForecast(simulate, end);
  addPopulation(simulate, end);
}
