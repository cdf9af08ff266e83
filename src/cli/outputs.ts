import type { ResultRow } from '../core/results/row';
import type { AnalysisOutput } from './commands/analyze';
import type { PaperOutput } from './commands/analyze/paper';
import type { Finding } from './commands/check';
import type { LogImportOutput } from './commands/import';
import type { DatasetImportOutput } from './commands/importDataset';
import type { ScoreOutput } from './commands/score';
import type { EncountersSimulation } from './commands/simulate/encounters';
import type { RunForecast } from './commands/simulate/forecast';
import type { IntervalSimulation } from './commands/simulate/interval';
import type { PopulationOutput } from './commands/simulate/population';
import type { ScheduleSimulation } from './commands/simulate/schedule';

/**
 * What every verb prints with `--format json`. Within version 1 keys may be added, none is renamed, removed or given
 * another meaning. From this type `npm run schema` makes the JSON Schema that users read, output.schema.json.
 */
export interface Outputs {
  readonly check: readonly Finding[];
  readonly score: ScoreOutput;
  readonly results: readonly ResultRow[];
  readonly analyze: AnalysisOutput;
  readonly 'analyze --paper': PaperOutput;
  readonly 'import, of a log': LogImportOutput;
  readonly 'import, of a data set': DatasetImportOutput;
  readonly 'simulate schedule': ScheduleSimulation;
  readonly 'simulate interval': IntervalSimulation;
  readonly 'simulate encounters': EncountersSimulation;
  readonly 'simulate forecast': RunForecast;
  readonly 'simulate population': PopulationOutput;
}
