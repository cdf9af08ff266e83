// @ts-check
/**
 * The scoring bench: `knowledge-probes score` on a GPT-2-small-shaped model, as a user runs it (start, hashes, tokens,
 * results on disk), against what else one would score with, two threads each, all in one run. DESIGN section 8.
 */
import { rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../setup.mjs';
import { findPython } from './processes.mjs';
import { buildLibrary } from './scoring/library.mjs';
import { measured } from './scoring/measured.mjs';
import { makeCheckpoints, SHAPE } from './scoring/model.mjs';
import { fetchPeer, VERSION } from './scoring/peer.mjs';
import { home, probeFile, THREADS } from './scoring/places.mjs';
import { PER_FACT, writeTexts } from './scoring/texts.mjs';

/**
 * @typedef {import('./scoring/measured.mjs').Took} Took
 * @typedef {{ scores: number[], took: Took, note?: string }} Scored mean log probabilities of the texts, in their order
 * @typedef {{ name: string, aim?: number, checkpoints?: number, score: () => Promise<Scored> }} Side
 */

/** Nats. Another difference than that of roundings: then ratios would say nothing. */
const MOST_APART = 1e-4;
/** Checkpoints that are scored at a time, each with one thread, where there are several. */
const SEVERAL = THREADS;

/** @param {string[]} args */
export async function scoring(args) {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: path.join(root, '..', 'shared', 'data') },
      facts: { type: 'string', default: '130' },
      rounds: { type: 'string', default: '2' },
    },
  });
  const rounds = Number(values.rounds);
  await buildLibrary();
  console.log('Making the model …');
  await makeCheckpoints(SEVERAL);
  const { source } = await writeTexts(values.data, Number(values.facts));
  const busy = loadavg()[0] ?? 0;
  console.log(
    `${source}; ${SHAPE.layers} layers of ${SHAPE.width}, vocabulary ${SHAPE.vocabulary}; ${THREADS} threads on ` +
      `${cpus()[0]?.model}, load ${busy.toFixed(1)}; least of ${rounds} runs, in turns\n`,
  );
  const sides = await sidesHere();
  /** @type {Map<Side, Scored>} */
  const best = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      const found = await side.score();
      const before = best.get(side);
      best.set(side, { ...found, took: before === undefined ? found.took : least(before.took, found.took) });
    }
  }
  const all = [...best];
  const [, ours] = all[0] ?? [];
  if (ours === undefined) return;
  for (const [side, { scores }] of all) compare(side.name, scores, ours.scores);
  console.log(`${' '.repeat(NAME)}    wall       CPU     memory   by wall   by CPU   aim   furthest apart`);
  for (const [side, scored] of all) print(side, scored, ours);
  await printInside(rounds, all);
  await printFoils();
}

/** @returns {Promise<Side[]>} ours first */
async function sidesHere() {
  /** @type {Side[]} */
  const sides = [
    { name: 'knowledge-probes score', score: () => ours(1) },
    {
      name: `the same, each of ${SEVERAL} checkpoints at a time`,
      checkpoints: SEVERAL,
      score: () => ours(SEVERAL),
    },
    { name: `batches of ${PER_FACT}, padded, softmax in JS`, aim: 3, score: () => peer('batches.mjs') },
  ];
  const missing = await fetchPeer();
  if (missing === undefined) {
    const name = `@huggingface/transformers ${VERSION}, one a call`;
    sides.push({ name, aim: 2.2, score: () => peer('transformers.mjs') });
  } else console.log(`Without @huggingface/transformers: ${missing}`);
  const python = findPython('torch');
  if (python !== undefined) {
    sides.push({ name: "the paper's procedure in PyTorch", aim: 1.5, score: () => paper(python) });
  } else console.log('Without PyTorch: no python3 here has it (Debian: python3-torch).');
  return sides;
}

/**
 * Our own program, into a new results folder.
 * @param {number} checkpoints
 * @returns {Promise<Scored>}
 */
async function ours(checkpoints) {
  const results = path.join(home, 'results');
  rmSync(results, { recursive: true, force: true });
  const cli = path.join(root, 'dist', 'cli', 'main.mjs');
  const steps = Array.from({ length: checkpoints }, (_, step) => step).join(',');
  const places = [probeFile, '--results', results, '--format', 'json'];
  const { output, took } = await measured(process.execPath, [
    ...[cli, 'score', ...places],
    ...['--steps', steps, '--threads', String(THREADS)],
  ]);
  const outcome = JSON.parse(output);
  const listed = await measured(process.execPath, [cli, 'results', ...places]);
  /** @type {{ step: number, probe: string, role: string, logprob_mean: number }[]} */
  const rows = JSON.parse(listed.output);
  const scores = rows
    .filter(({ step }) => step === checkpoints - 1)
    .sort((a, b) => Number(a.probe.slice(1)) - Number(b.probe.slice(1)));
  if (outcome.scored !== rows.length) throw new Error(`${outcome.scored} texts scored, ${rows.length} rows`);
  return { scores: scores.map((row) => row.logprob_mean), took };
}

/** @param {string} file @returns {Promise<Scored>} */
async function peer(file) {
  const { output, took } = await measured(process.execPath, [script(file)]);
  return { scores: JSON.parse(output), took };
}

/** @param {string} python @returns {Promise<Scored>} */
async function paper(python) {
  const { output, took } = await measured(
    python,
    [script('paper.py'), home, THREADS, PER_FACT, SHAPE.heads].map(String),
  );
  const { scores, torch, blas } = JSON.parse(output);
  return { scores, took, note: `PyTorch ${torch}, ${blas ?? 'BLAS unknown'}` };
}

/** @param {string} file */
function script(file) {
  return path.join(root, 'scripts', 'bench', 'scoring', file);
}

/**
 * The model alone, what the arithmetic takes, and how far ahead of the others that alone would be: no program that reads
 * each text by itself and leaves matrices to ONNX Runtime gets further on this machine.
 * @param {number} rounds
 * @param {readonly [Side, Scored][]} all ours first
 */
async function printInside(rounds, all) {
  let model = { wall: Infinity, cpu: Infinity };
  let arithmetic = { ...model, operations: 0 };
  for (let round = 0; round < rounds; round++) {
    const found = await inside();
    model = least(model, found.model);
    arithmetic = { ...least(arithmetic, found.arithmetic), operations: found.operations };
  }
  console.log(
    `\nThe model alone: ${model.wall.toFixed(1)} s, CPU ${model.cpu.toFixed(1)} s. The ` +
      `${(arithmetic.operations / 1e12).toFixed(2)} trillion operations that have to be done, at the rate of ONNX ` +
      `Runtime's MatMul: ${arithmetic.wall.toFixed(1)} s, CPU ${arithmetic.cpu.toFixed(1)} s.`,
  );
  const most = all.flatMap(([{ aim }, { took }]) =>
    aim === undefined ? [] : [`${(took.wall / arithmetic.wall).toFixed(2)} × (≥ ${aim})`],
  );
  console.log(`Most that this leaves room for, each text read by itself, by wall: ${most.join(', ')}`);
  for (const [name, { wall, cpu }] of /** @type {const} */ ([
    ['model alone', model],
    ['whole program', all[0]?.[1].took ?? model],
  ]))
    console.log(
      `Share of the MatMul rate reached, ${name}: ${(arithmetic.wall / wall).toFixed(2)} by wall, ` +
        `${(arithmetic.cpu / cpu).toFixed(2)} by CPU${name === 'model alone' ? ' (aim 0.9)' : ''}`,
    );
}

/** As the program does it: one process with one thread a core, each with its share of the texts. */
async function inside() {
  const run = async (/** @type {number} */ share) =>
    JSON.parse((await measured(process.execPath, [script('inside.mjs'), `${share}`, `${THREADS}`])).output);
  /** @type {{ model: Seconds, arithmetic: Seconds & { operations: number } }[]} */
  const all = await Promise.all(Array.from({ length: THREADS }, (_, share) => run(share)));
  /** @param {(one: typeof all[number]) => number} figure */
  const sum = (figure) => all.reduce((total, one) => total + figure(one), 0);
  return {
    model: { wall: sum(({ model }) => model.wall) / THREADS, cpu: sum(({ model }) => model.cpu) },
    // Each says how long it would take for the texts of all.
    arithmetic: {
      wall: sum(({ arithmetic }) => arithmetic.wall) / THREADS ** 2,
      cpu: sum(({ arithmetic }) => arithmetic.cpu) / THREADS,
    },
    operations: all[0]?.arithmetic.operations ?? NaN,
  };
}

/** What it saves to read prompts once. */
async function printFoils() {
  const { output } = await measured(process.execPath, [script('foils.mjs')]);
  const { texts, shared, apart: anew, difference } = JSON.parse(output);
  if (!(difference <= MOST_APART)) throw new Error(`Prompts read once: up to ${difference} nats apart.`);
  console.log(
    `Prompts with nine continuations (${texts} texts), each read once instead of nine times: ` +
      `${(anew.wall / shared.wall).toFixed(2)} × by wall, ${(anew.cpu / shared.cpu).toFixed(2)} × by CPU ` +
      `(${anew.cpu.toFixed(1)} s → ${shared.cpu.toFixed(1)} s), up to ${difference.toExponential(1)} nats apart`,
  );
}

/** @typedef {{ wall: number, cpu: number }} Seconds */

/**
 * @template {Seconds} T
 * @param {T} a
 * @param {T} b
 * @returns {T}
 */
function least(a, b) {
  return { ...b, wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu) };
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function apart(a, b) {
  return a.reduce((most, one, i) => Math.max(most, Math.abs(one - (b[i] ?? NaN))), 0);
}

/**
 * @param {string} name
 * @param {readonly number[]} scores
 * @param {readonly number[]} ours
 */
function compare(name, scores, ours) {
  const difference = apart(scores, ours);
  if (scores.length === ours.length && difference <= MOST_APART) return;
  throw new Error(`${name}: ${scores.length} scores, up to ${difference} nats from our ${ours.length}.`);
}

const NAME = 48;

/**
 * @param {Side} side
 * @param {Scored} scored
 * @param {Scored} ours
 */
function print({ name, aim, checkpoints = 1 }, { scores, took, note }, ours) {
  const [wall, cpu] = [took.wall / checkpoints, took.cpu / checkpoints];
  const ratios =
    aim === undefined
      ? ' '.repeat(25)
      : `${(wall / ours.took.wall).toFixed(2).padStart(8)} ×${(cpu / ours.took.cpu).toFixed(2).padStart(7)} ×${`≥ ${aim}`.padStart(7)}`;
  console.log(
    name.padEnd(NAME) +
      `${wall.toFixed(1).padStart(6)} s${cpu.toFixed(1).padStart(8)} s${took.megabytes.toFixed(0).padStart(8)} MB` +
      `${ratios}   ${apart(scores, ours.scores).toExponential(1)}${note === undefined ? '' : `  ${note}`}`,
  );
}
