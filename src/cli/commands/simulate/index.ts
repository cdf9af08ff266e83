import type { Command } from 'commander';
import type { ExitCode } from '../../exitCodes';
import { addPopulation } from './population';

/** `simulate`: what a schedule or a corpus leads to, computed from fitted or given parameters (DESIGN section 10). */
export function addSimulate(program: Command, end: (code: ExitCode) => void): void {
  const simulate = program
    .command('simulate')
    .description('forward model and populations: what a schedule or a corpus leads to');
  // Each subcommand's file adds itself: addSchedule(simulate, end).
  addPopulation(simulate, end);
}
