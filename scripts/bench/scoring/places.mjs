// @ts-check
/** Where the scoring bench keeps what it makes: below out/, which git ignores. */
import path from 'node:path';
import { root } from '../../setup.mjs';

export const home = path.join(root, 'out', 'bench', 'scoring');
/** Of the texts as every side gets them: see texts.mjs. */
export const textsFile = path.join(home, 'texts.json');
export const probeFile = path.join(home, 'bench.probes.yaml');
export const checkpoints = path.join(home, 'checkpoints');
/** All checkpoints' weights, float32. */
export const weightsFile = path.join(checkpoints, 'model.onnx_data');
/** Where in it each weight lies. */
export const weightsIndex = path.join(checkpoints, 'weights.json');
/** A folder of @huggingface/transformers with what it needs. */
export const peer = path.join(home, 'peer');

/** @param {number} step */
export function checkpoint(step) {
  return path.join(checkpoints, `step-${step}`);
}

export const THREADS = 2;
