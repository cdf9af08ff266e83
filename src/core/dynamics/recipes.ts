import { seededRandom } from '../random';
import type { EncounterEffectivity, RecipeAnalysis, RecipeGroup, Retention } from './analysis';
import { known } from './analyzeGroup';
import type { RecipeRun, RecipeSource } from './analyzeRun';
import { STREAM, type BootstrapOptions } from './bootstrap/bootstrap';
import { FIGURES, type Figures } from './bootstrap/figures';
import { fitsOf, type Support } from './fits/fits';
import { common } from './grouping';
import { withIntervals, type Enough, type Supports } from './bootstrap/intervals';
import { mean } from './statistics';

/**
 * Runs of one recipe taken together (DESIGN section 6). Each figure is the mean of the runs' figures: every run counts
 * once. The intervals come from a bootstrap over runs and over facts. Where the runs have facts in common, the same facts
 * are drawn in each (crossed): three runs of the same facts say nothing of other facts that one does not, and drawn anew
 * for each run they made intervals too narrow by √3. Where no fact plays the same part twice, those of each drawn run are
 * drawn anew (nested). Of few runs the intervals are too narrow, by about √(n/(n−1)): of two, a run-to-run spread is told
 * at seven tenths of its size.
 * @param runs analysed in the same way
 * @returns one for each recipe that has several runs, in their order
 */
export function analyzeRecipes(runs: readonly RecipeRun[]): RecipeAnalysis[] {
  const recipes = new Map<string, RecipeRun[]>();
  for (const run of runs) {
    const { group } = run.analysis;
    recipes.set(group, [...(recipes.get(group) ?? []), run]);
  }
  return [...recipes].flatMap(([recipe, of]) => (of.length < 2 ? [] : [analyzeRecipe(recipe, of)]));
}

function analyzeRecipe(recipe: string, runs: readonly RecipeRun[]): RecipeAnalysis {
  const { by, bootstrap } = runs[0]!.analysis;
  const crossed = shareFacts(runs);
  const labels = new Set(runs.flatMap(({ groups }) => groups.map(({ analysis }) => analysis.label)));
  return {
    recipe,
    runs: runs.map(({ analysis }) => analysis.run),
    by,
    bootstrap,
    groups: [...labels].flatMap((label) => {
      const same = runs.flatMap(({ groups }) => groups.filter(({ analysis }) => analysis.label === label));
      return same.length < 2 ? [] : [pooled(same, crossed, bootstrap)];
    }),
  };
}

/** Whether a fact stands in the same group, or is a control, in more than one run. */
function shareFacts(runs: readonly RecipeRun[]): boolean {
  const parts = runs.flatMap(({ groups }) =>
    groups.flatMap(({ analysis: { label }, facts }) => facts.map(({ id }) => `${id.value} ${label}`)),
  );
  return new Set(parts).size < parts.length;
}

function pooled(
  groups: readonly RecipeSource[],
  crossed: boolean,
  bootstrap: BootstrapOptions | null,
): RecipeGroup {
  const each = groups.map(({ analysis }) => analysis);
  const figures = meanFigures(groups.map((group) => group.figures));
  const retention = pooledRetention(groups, 'retention', figures.meanR);
  const net = pooledRetention(groups, 'netRetention', figures.netMeanR);
  const [{ label }] = each as [(typeof each)[0]];
  const condition = common(each.map((one) => one.condition));
  const kind = common(each.map((one) => one.kind));
  const group: RecipeGroup = {
    ...{ label, condition, kind, runs: groups.length },
    facts: sum(each.map(({ facts }) => facts)),
    probes: sum(each.map(({ probes }) => probes)),
    effectivity: Array.from(figures.mean, (value, i): EncounterEffectivity => {
      const encounters = each.map(({ effectivity }) => effectivity[i]!);
      return {
        encounter: i + 1,
        step: Math.min(...encounters.map(({ step }) => step)),
        mean: known(value),
        null: known(figures.null[i]),
        net: known(figures.net[i]),
        fixedLag: meanOfAll(encounters.map(({ fixedLag }) => fixedLag)),
        fixedLagNull: meanOfAll(encounters.map(({ fixedLagNull }) => fixedLagNull)),
        n: sum(encounters.map(({ n }) => n)),
        checkpointsInWindow: mean(encounters.map(({ checkpointsInWindow }) => checkpointsInWindow))!,
        interval: null,
      };
    }),
    outliers: sum(each.map(({ outliers }) => outliers)),
    meanEffectivity: known(figures.overall[0]),
    meanNull: known(figures.overall[1]),
    meanNet: known(figures.overall[2]),
    retention: retention.curve,
    netRetention: net.curve,
    specificity: known(figures.specificity[0]),
    interval: null,
    whyNoInterval: each.find(({ whyNoInterval }) => whyNoInterval !== null)?.whyNoInterval ?? null,
  };
  const supports: Supports = { retention: retention.support, net: net.support };
  return bootstrap === null ? group : withDrawnIntervals(group, groups, crossed, supports, bootstrap);
}

function withDrawnIntervals(
  group: RecipeGroup,
  groups: readonly RecipeSource[],
  crossed: boolean,
  supports: Supports,
  { resamples, seed }: BootstrapOptions,
): RecipeGroup {
  const resampled = groups.map((each) => each.resampled).filter((each) => each !== undefined);
  if (resampled.length < groups.length) return group;
  const random = seededRandom(seed, STREAM.runs);
  const figures = Array.from({ length: resamples }, (_, i) => {
    // The i-th resample of each run has the same facts; any of a run's resamples has its facts drawn anew.
    const of = () => (crossed ? i : random.below(resamples));
    return meanFigures(groups.map(() => resampled[random.below(groups.length)]!.figures[of()]!));
  });
  const enough = (name: keyof Enough) => resampled.every((each) => each.enough[name]);
  return withIntervals(
    group,
    {
      figures,
      enough: {
        effectivity: enough('effectivity'),
        controls: enough('controls'),
        specificity: enough('specificity'),
        retention: enough('retention'),
        net: enough('net'),
      },
    },
    supports,
  );
}

/**
 * Mean of each column over the runs, as far as all of them go, missing where one of them misses it. A run without a curve
 * has no say in it.
 */
function meanFigures(runs: readonly Figures[]): Figures {
  const means = FIGURES.map((name) => {
    const columns = runs.map((run) => run[name]).filter(({ length }) => length > 0);
    const length = columns.length === 0 ? 0 : Math.min(...columns.map((column) => column.length));
    const values = new Float64Array(length);
    for (const column of columns) for (let i = 0; i < length; i++) values[i]! += column[i]! / columns.length;
    return [name, values] as const;
  });
  return Object.fromEntries(means) as unknown as Figures;
}

interface Pooled {
  readonly curve: Retention | null;
  readonly support: Support | undefined;
}

/** @param means R at each lag */
function pooledRetention(
  groups: readonly RecipeSource[],
  name: 'retention' | 'netRetention',
  means: Float64Array,
): Pooled {
  const curves = groups.flatMap(({ analysis, supports }) => {
    const curve = analysis[name];
    if (curve === null) return [];
    const support = supports[name === 'retention' ? 'retention' : 'net'];
    return [{ curve, support }];
  });
  const drawn = curves.filter(({ curve }) => curve.n > 0);
  const first = (drawn[0] ?? curves[0])?.curve;
  if (first === undefined) return { curve: null, support: undefined };
  const lags = first.lags.slice(0, means.length);
  const meanR = Array.from(means);
  const supports = drawn.map(({ support }) => support).filter((support) => support !== undefined);
  const inAll: Support | undefined = supports[0] && {
    from: Math.max(...supports.map(({ from }) => from)),
    checkpoints: Math.min(...supports.map(({ checkpoints }) => checkpoints)),
    // Nothing where a run does not say, as all means over runs.
    tokens: (lag) => meanOfAll(supports.map(({ tokens }) => tokens(lag) ?? null)) ?? undefined,
  };
  const why =
    drawn.find(({ support }) => support === undefined)?.curve.why ??
    (inAll === undefined ? first.why : tooShort(lags, inAll));
  const support = why === null ? inAll : undefined;
  const fits = support && fitsOf(lags, meanR, support);
  return {
    support,
    curve: {
      lags,
      meanR,
      ratioOfMeans: lags.map((_, i) => mean(drawn.map(({ curve }) => curve.ratioOfMeans[i]!))!),
      n: sum(curves.map(({ curve }) => curve.n)),
      leftOut: sum(curves.map(({ curve }) => curve.leftOut)),
      incomplete: sum(curves.map(({ curve }) => curve.incomplete)),
      threshold: Math.max(...curves.map(({ curve }) => curve.threshold)),
      ...(fits ?? { fit: null, exponential: null, better: null }),
      why,
      interval: null,
    },
  };
}

/** Why what the runs have in common does not support a fit, though each alone does. */
function tooShort(lags: readonly number[], { from }: Support): string | null {
  const [first, last] = [lags[from], lags.at(-1)];
  if (first !== undefined && last! >= 10 * first * (1 - 1e-9)) return null;
  return 'Too short: the runs have no tenfold of steps after their peaks in common.';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Missing where one is, as all means over runs. */
function meanOfAll(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : (mean(known) ?? null);
}
