// @ts-check
/** The 1,950 probes: of the published data where that is at hand, else made up to the same lengths. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { stringify } from 'yaml';
import { root } from '../../setup.mjs';
import { library } from './library.mjs';
import { checkpoints, home, probeFile, textsFile } from './places.mjs';

const DATA = 'fictional_knowledge.json';
const KINDS = /** @type {const} */ ([
  ['memorization', 'mem'],
  ['semantic', 'gen'],
  ['composition', 'hard_gen'],
]);
const PER_KIND = 5;
/** Probes of a fact: what the paper's script scores at a time. */
export const PER_FACT = KINDS.length * PER_KIND;
const FACTS = 130;

/**
 * @typedef {{ kind: string, prompt: string, target: string }} Probe
 * @typedef {Probe & { ids: number[], firstTarget: number }} Text with its tokens; the target goes on to the end
 */

/**
 * Writes the probe file, and the texts with their tokens for the other sides, which so need no tokenizer.
 * @param {string} data folder of the published data
 * @param {number} facts how many, from the first
 * @returns {Promise<{ texts: Text[], source: string }>}
 */
export async function writeTexts(data, facts) {
  const file = path.join(data, DATA);
  const published = existsSync(file);
  const probes = published ? readPublished(file, facts) : makeUp(facts);
  const models = path.join(root, 'node_modules', '@lenml', 'tokenizer-gpt2', 'models');
  const { loadTokenizer, fitText } = await library();
  const tokenizer = await loadTokenizer(models);
  const texts = probes.map((probe) => {
    const { ids, firstTarget } = fitText(tokenizer, undefined, probe.prompt, ` ${probe.target}`);
    return { ...probe, ids: [...ids], firstTarget };
  });
  mkdirSync(home, { recursive: true });
  writeFileSync(textsFile, JSON.stringify(texts));
  writeFileSync(
    probeFile,
    stringify({
      version: 1,
      runs: [
        {
          id: 'bench',
          checkpoints: `${path.relative(home, checkpoints)}/step-{step}`,
          tokenizer: models,
        },
      ],
      // All in one fact: foils are other facts' targets, so that none are chosen and each side scores the same texts.
      facts: [
        {
          id: 'all',
          condition: 'control',
          passage: '-',
          probes: probes.map((probe, i) => ({ id: `p${i}`, ...probe })),
        },
      ],
    }),
  );
  const source = published
    ? `the ${texts.length.toLocaleString('en-US')} probes of ${DATA}`
    : `${texts.length.toLocaleString('en-US')} made-up probes, since ${file} is not there`;
  return { texts, source };
}

/**
 * @param {string} file
 * @param {number} facts
 * @returns {Probe[]}
 */
function readPublished(file, facts) {
  /** @type {Record<string, string[]>[]} */
  const entries = JSON.parse(readFileSync(file, 'utf8'));
  return entries.slice(0, facts).flatMap((entry) =>
    KINDS.flatMap(([kind, name]) =>
      (entry[`${name}_input`] ?? []).map((prompt, i) => ({
        kind,
        prompt: prompt.trimEnd(),
        target: entry[`${name}_target`]?.[i]?.trim() ?? '',
      })),
    ),
  );
}

/** Words that are a token each, with the space before them. */
const WORDS =
  'the of and in a to was is for on as by with from that his it at an were are which this be has one had first new their after two who its not but also he her they more other time been up years out all over world state into people city most'.split(
    ' ',
  );

/** Tokens of the prompts, from and to: the published ones' means, and about their spread. */
const LENGTHS = /** @type {const} */ ({ memorization: [7, 39], semantic: [8, 40], composition: [7, 34] });

/**
 * Prompts and targets about as long as the published ones.
 * @param {number} facts
 * @returns {Probe[]}
 */
function makeUp(facts) {
  const generator = xoroshiro128plus(7);
  /** @param {number} least @param {number} most */
  const words = (least, most) =>
    Array.from(
      { length: uniformInt(generator, least, most) },
      () => WORDS[uniformInt(generator, 0, WORDS.length - 1)],
    ).join(' ');
  return Array.from({ length: Math.min(facts, FACTS) }, () =>
    KINDS.flatMap(([kind]) => {
      const [least, most] = LENGTHS[kind];
      return Array.from({ length: PER_KIND }, () => ({
        kind,
        prompt: words(least, most),
        target: words(1, 5),
      }));
    }),
  ).flat();
}
