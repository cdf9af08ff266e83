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

/**
 * @typedef {import('./processes.mjs').Usage} Usage
 * @typedef {{ usage: Usage, figures: any }} Measured figures: as the program prints them
 */

/**
 * Of several rounds, in each of which all take their turn, the least counts: what other work on the machine adds, and a
 * slow minute, is no part of any.
 */
const ROUNDS = 5;

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
    `${(statSync(log).size / 1e6).toFixed(0)} MB, ${entries} entries, 1,950 probes; least of ${ROUNDS} rounds\n`,
  );

  const imported = await ours(['import', log, '--out', stored]);
  /** @type {{ numpy: Measured[], fromJson: Measured[], fromParquet: Measured[] }} */
  const rounds = { numpy: [], fromJson: [], fromParquet: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const pass = await python('one_pass.py', [log]);
    rounds.numpy.push({ usage: pass, figures: pass.figures });
    rounds.fromJson.push(await analyzed(log));
    rounds.fromParquet.push(await analyzed(stored));
  }
  const numpy = least(rounds.numpy);
  const fromJson = least(rounds.fromJson);
  const fromParquet = least(rounds.fromParquet);
  compare(numpy.figures, fromJson.figures);
  compare(numpy.figures, fromParquet.figures);

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
 * @param {string} log
 * @returns {Promise<Measured>}
 */
async function analyzed(log) {
  const { output, usage } = await ours(['analyze', log, '--paper', '--format', 'json']);
  return { usage, figures: JSON.parse(output) };
}

/** @param {Measured[]} rounds */
function least(rounds) {
  return rounds.reduce((best, each) => (each.usage.cpu < best.usage.cpu ? each : best));
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
