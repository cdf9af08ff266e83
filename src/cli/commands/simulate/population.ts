import type { Command } from 'commander';
import { resolve } from 'node:path';
import { analyzeScenario, type PopulationAnalysis } from '../../../core/dynamics/populations/analysis';
import {
  hierarchicalClusters,
  type ClusterTree,
  type Vectors,
} from '../../../core/dynamics/populations/clusters';
import { byFrequency, normalized, zipf } from '../../../core/dynamics/populations/frequencies';
import { outcomes } from '../../../core/dynamics/populations/outcome';
import type { Scenario } from '../../../core/dynamics/populations/scenario';
import { FailureError } from '../../../core/failure';
import { readFrequencies } from '../../../disk/populations/frequencies';
import { readVectors } from '../../../disk/populations/vectors';
import { EXIT, type ExitCode } from '../../exitCodes';
import { addFormat, printJson } from '../../output';
import { showProgress } from '../../progress';
import { startFrom, type Origin, type Start } from './kernelOptions';
import { addPopulationOptions, kernelsFrom, MOST_STEPS, type PopulationOptions } from './populationOptions';
import { populationTables } from './populationTables';

export function addPopulation(simulate: Command, end: (code: ExitCode) => void): void {
  addFormat(
    addPopulationOptions(
      simulate
        .command('population')
        .description('which facts of a corpus become known, and what curation does to the long tail'),
    ),
  ).action(async (options: PopulationOptions) => {
    const analysis = await analyzePopulation(options);
    if (options.format === 'json') await printJson(analysis);
    else process.stdout.write(`${populationTables(analysis)}\n`);
    end(EXIT.ok);
  });
}

/** The JSON. */
export interface PopulationOutput extends PopulationAnalysis {
  /** The probes that kernel and rise come from; null where they were given as numbers. */
  readonly from: Origin | null;
}

/** Facts in the order of their ranks. */
interface Facts {
  readonly frequencies: Float64Array;
  readonly copies: Float64Array | null;
  readonly ids: readonly string[] | undefined;
  /** At each rank (from 0) the place in the files. */
  readonly places: Uint32Array;
}

async function analyzePopulation(options: PopulationOptions): Promise<PopulationOutput> {
  const { level, when, samples, seed, intervention: lines } = options;
  const start = await startFrom(options);
  const facts = await factsOf(options);
  const tree = lines.some(({ balances }) => balances) ? await clustersOf(options, facts) : undefined;
  const baseline = scenarioOf(options, start, facts);
  const question = { level, when, samples, seed };
  const follow = outcomes(question);
  const measures = { level, start: start.baseline, asked: facts.frequencies, ids: facts.ids };
  const analyze = (scenario: Scenario) => analyzeScenario(follow(scenario), measures);
  return {
    version: 1,
    from: start.from,
    facts: facts.frequencies.length,
    question,
    start: start.baseline,
    baseline: analyze(baseline),
    interventions: lines.map(({ name, intervention }) => ({
      name,
      ...analyze(intervention(tree)(baseline)),
    })),
  };
}

async function factsOf(options: PopulationOptions): Promise<Facts> {
  if (options.frequencies === undefined) {
    const places = Uint32Array.from({ length: options.facts }, (_, i) => i);
    const frequencies = zipf(options.facts, options.zipf);
    return { frequencies, copies: copiesOf(options, options.facts), ids: undefined, places };
  }
  const { frequencies, copies, facts } = await readFrequencies(resolve(options.frequencies));
  const places = byFrequency(frequencies);
  const ranked = (values: Float64Array) => Float64Array.from(places, (place) => values[place]!);
  return {
    frequencies: ranked(normalized(frequencies)),
    copies: copies === null ? copiesOf(options, places.length) : ranked(copies),
    ids: facts === undefined ? undefined : Array.from(places, (place) => facts[place]!),
    places,
  };
}

/** By rank, as --copies says. */
function copiesOf({ copies }: PopulationOptions, facts: number): Float64Array | null {
  if (copies === undefined || copies.copies === 1) return null;
  return new Float64Array(facts).map((_, i) => (i < copies.ranks ? copies.copies : 1));
}

function scenarioOf(options: PopulationOptions, start: Start, facts: Facts): Scenario {
  const { share, corpus, batch, passes } = options;
  const { rise, peakDelay, kernel } = start;
  const { frequencies, copies } = facts;
  const steps = options.steps ?? Math.max(1, Math.round((passes * corpus) / batch));
  if (steps > MOST_STEPS)
    throw new FailureError({
      code: 'too-many-steps',
      message: `These are ${steps} steps, more than ${MOST_STEPS}.`,
      remedy: 'Choose fewer passes, a smaller corpus or a larger batch.',
    });
  const kernels = kernelsFrom(options, kernel);
  return { frequencies, copies, share, corpus, batch, steps, rise, peakDelay, kernels };
}

async function clustersOf(options: PopulationOptions, { places }: Facts): Promise<ClusterTree> {
  const { vectors: path, levels, resamples, clusterSamples, seed } = options;
  if (path === undefined)
    throw new FailureError({
      code: 'vectors-missing',
      message: '“balance” needs a feature vector for each fact.',
      remedy: 'Name a file with --vectors.',
    });
  const vectors = await readVectors(resolve(path));
  if (vectors.rows !== places.length)
    throw new FailureError({
      code: 'vectors-count',
      message: `There are ${vectors.rows} vectors for ${places.length} facts.`,
      file: path,
      remedy: 'Write one for each fact, in the order of --frequencies, or of the ranks without it.',
    });
  const progress = showProgress<object>({
    bar: 'of the clusters | {eta_formatted} left',
    line: () => ' of the clusters',
  });
  try {
    return hierarchicalClusters(inOrder(vectors, places), {
      ...{ levels, resamples, samplesPerCluster: clusterSamples, seed },
      onProgress: (done, total) => {
        progress.show(done, total, {});
      },
    });
  } finally {
    progress.stop();
  }
}

function inOrder({ rows, width, values }: Vectors, places: Uint32Array): Vectors {
  const sorted = values.slice();
  places.forEach((place, i) => {
    sorted.set(values.subarray(place * width, (place + 1) * width), i * width);
  });
  return { rows, width, values: sorted };
}
