// @ts-check
/**
 * The analysis bench: import and all of the published procedure's figures, against one NumPy pass and, with
 * `--published CLONE` (a checkout of https://github.com/kaistAI/factual-knowledge-acquisition), against the published
 * script's own time. All in one run, seconds of CPU, so that what counts are the ratios.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../setup.mjs';
import { writeLog } from './log.mjs';
import { ours, python } from './processes.mjs';

/** @typedef {import('./processes.mjs').Usage} Usage */

/** Of several runs the least counts: what other work on the machine adds is no part of either. */
const REPEATS = 3;

/** @param {string[]} args */
export async function analysis(args) {
  const { values } = parseArgs({
    args,
    options: { entries: { type: 'string', default: '2190' }, published: { type: 'string' } },
  });
  const entries = Number(values.entries);
  const log = path.join(root, 'out', 'bench', `log-${entries}.json`);
  if (!existsSync(log)) {
    mkdirSync(path.dirname(log), { recursive: true });
    console.log(`Writing a made-up log of ${entries} entries …`);
    await writeLog(log, entries);
  }
  const stored = log.replace(/json$/, 'scores');
  console.log(
    `${(statSync(log).size / 1e6).toFixed(0)} MB, ${entries} entries, 1,950 probes; least of ${REPEATS} runs\n`,
  );

  const numpy = await least(
    () => python('one_pass.py', [log]),
    (pass) => pass,
  );
  const fromJson = await least(
    () => ours(['analyze', log, '--paper', '--format', 'json']),
    ({ usage }) => usage,
  );
  const imported = await ours(['import', log, '--out', stored]);
  const fromParquet = await least(
    () => ours(['analyze', stored, '--paper', '--format', 'json']),
    ({ usage }) => usage,
  );
  compare(numpy.answer.figures, JSON.parse(fromJson.answer.output));
  compare(numpy.answer.figures, JSON.parse(fromParquet.answer.output));

  print('one NumPy pass over json.load', numpy.usage);
  print('analyze LOG --paper, from JSON', fromJson.usage, numpy.usage);
  print('import LOG', imported.usage);
  print('analyze FOLDER --paper, from Parquet', fromParquet.usage, numpy.usage);
  if (values.published === undefined) {
    console.log('The published script is not compared: name a checkout of it with --published.');
    return;
  }
  const { load, interval, intervals } = await python('published.py', [values.published, log]);
  const whole = { cpu: load + interval * intervals, megabytes: NaN };
  console.log(
    `\nthe published script: ${interval.toFixed(2)} s an interval, ${intervals} intervals, ${load.toFixed(1)} s to load`,
  );
  print('the published script, reckoned from one interval', whole);
  console.log(
    `from JSON ${(whole.cpu / fromJson.usage.cpu).toFixed(0)} ×, from Parquet ${(whole.cpu / fromParquet.usage.cpu).toFixed(0)} ×`,
  );
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @param {(answer: T) => Usage} usageOf
 * @returns {Promise<{ answer: T, usage: Usage }>}
 */
async function least(work, usageOf) {
  /** @type {{ answer: T, usage: Usage } | undefined} */
  let best;
  for (let i = 0; i < REPEATS; i++) {
    const answer = await work();
    const usage = usageOf(answer);
    if (best === undefined || usage.cpu < best.usage.cpu) best = { answer, usage };
  }
  return /** @type {{ answer: T, usage: Usage }} */ (best);
}

/**
 * Ratios of different numbers would say nothing.
 * @param {any} expected of one_pass.py
 * @param {any} found of `analyze --paper --format json`
 */
function compare(expected, found) {
  const kinds = { memorization: 'mem', semantic: 'gen', composition: 'gen_hard' };
  for (const group of found.results[0].groups) {
    const { effectivity, retainability, decay } =
      expected[group.condition][kinds[/** @type {keyof typeof kinds} */ (group.kind)]];
    const pairs = [
      [effectivity, group.effectivity],
      ...retainability.map((/** @type {number} */ value, /** @type {number} */ t) => [value, group.curve[t]]),
      [decay.slope, group.decay.slope],
      [decay.se, group.decay.standardError],
    ];
    const wrong = pairs.find(([a, b]) => !(Math.abs(a - b) <= 1e-9 * Math.abs(a)));
    if (wrong !== undefined)
      throw new Error(`${group.condition}, ${group.kind}: NumPy has ${wrong[0]}, we have ${wrong[1]}.`);
  }
}

/**
 * @param {string} what
 * @param {Usage} usage
 * @param {Usage} [against]
 */
function print(what, { cpu, megabytes }, against) {
  const ratio = against === undefined ? '' : `  ${(against.cpu / cpu).toFixed(1)} ×`;
  const memory = Number.isNaN(megabytes) ? '' : `  ${megabytes.toFixed(0).padStart(5)} MB`;
  console.log(`${what.padEnd(50)}${cpu.toFixed(2).padStart(9)} s${memory}${ratio}`);
}
