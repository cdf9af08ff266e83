import type {
  PopulationAnalysis,
  RankAnalysis,
  Reach,
  ScenarioAnalysis,
} from '../../../core/dynamics/populations/analysis';
import { isImpossible } from '../../../core/dynamics/forward/ceiling';
import { count, decimal } from '../../../core/format';
import { formatTable } from '../../output';

/** The analysis as tables for people. */
export function populationTables(analysis: PopulationAnalysis): string {
  const { facts, question, baseline, interventions } = analysis;
  const lines = [{ name: 'baseline', ...baseline }, ...interventions];
  const when = question.when === 'end' ? 'at the end' : 'at any time';
  return [
    `${count(facts)} facts, ranked by their frequency; known: a gain of at least ${question.level} nats ${when}`,
    '',
    'How far knowledge reaches: the last rank up to which encounters come within the threshold on average (in time), up',
    'to which the expected gain at the end makes facts known (exact), and up to which they probably become known; then',
    'how many facts are known, and which share of what is asked for',
    formatTable(
      ['', 'steps', 'threshold', 'in time', 'expected', 'change', ...KNOWN, 'probable', ...KNOWN],
      lines.map((line) => [
        line.name,
        count(line.steps),
        thresholds(line),
        count(line.withinThreshold.rank),
        count(line.expected.rank),
        line.name === 'baseline' ? '' : change(line.expected, baseline.expected),
        count(line.expected.facts),
        decimal(line.expected.mass, 3),
        count(line.probable.rank),
        count(line.probable.facts),
        decimal(line.probable.mass, 3),
      ]),
    ),
    '',
    'Baseline: steps between encounters on average, probability that the next one comes within the threshold, and',
    'the gain at the end in nats with its standard deviation',
    formatTable(
      ['rank', ...(baseline.ranks[0]?.fact === undefined ? [] : ['fact']), ...COLUMNS],
      baseline.ranks.map((rank) => [
        count(rank.rank),
        ...(rank.fact === undefined ? [] : [rank.fact]),
        significant(rank.frequency),
        significant(rank.encounters),
        rank.interval === null ? '–' : significant(rank.interval.mean),
        decimal(rank.inTime, 3),
        decimal(rank.gain.mean, 3),
        decimal(rank.gain.deviation, 3),
      ]),
    ),
    '',
    'Probability of being known; ±: standard error where it is simulated',
    formatTable(
      ['rank', ...lines.map(({ name }) => name)],
      baseline.ranks.map(({ rank }, i) => [count(rank), ...lines.map(({ ranks }) => likelihood(ranks[i]!))]),
    ),
    ...describeImpossible(analysis, lines),
  ].join('\n');
}

/** Says of which facts the expected gain is impossible; nothing where there are none. */
function describeImpossible(
  { start, question }: PopulationAnalysis,
  lines: readonly (ScenarioAnalysis & { readonly name: string })[],
): string[] {
  if (start === null) return [];
  const over = lines.flatMap(({ name, impossible }) =>
    impossible === null || impossible.facts === 0 ? [] : [`${name} ${count(impossible.facts)}`],
  );
  return [
    ...(isImpossible(start, question.level)
      ? [
          '',
          `Note: no fact can gain ${question.level} nats: ${decimal(start, 3)} nats at the start leave less.`,
        ]
      : []),
    ...(over.length === 0
      ? []
      : [
          '',
          `Note: the expected gain of some facts is impossible (${over.join(', ')}): with it, log probability would rise from ${decimal(start, 3)} nats above 0.`,
          'The model knows no ceiling, and no longer holds for them: they are known, but have gained less.',
        ]),
  ];
}

const KNOWN = ['facts', 'asked'] as const;
const COLUMNS = ['frequency', 'encounters', 'interval', 'in time', 'gain', 'deviation'] as const;

function thresholds({ kernels }: ScenarioAnalysis): string {
  return [kernels.paraphrase, kernels.duplication]
    .flatMap(({ facts, threshold }) => (facts === 0 ? [] : [count(threshold)]))
    .join(' / ');
}

function change(now: Reach, before: Reach): string {
  const difference = now.rank - before.rank;
  return `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${count(Math.abs(difference))}`;
}

function likelihood({ known }: RankAnalysis): string {
  const error = known.method === 'simulation' ? ` ± ${decimal(known.standardError, 3)}` : '';
  return `${decimal(known.probability, 3)}${error}`;
}

function significant(value: number): string {
  return value >= 1000 ? count(value) : String(Number(value.toPrecision(3)));
}
