import { freemem } from 'node:os';
import { stat } from 'node:fs/promises';
import type { CheckpointTask } from '../../protocol/scorer';
import { externalDataFiles } from '../graph/externalData';

/** Memory of a scorer by its model's size: ONNX Runtime packs the weights of products anew, beside the file's own. */
const TIMES_MODEL = 2;
/** Bytes besides: the program, and what a batch needs. */
const BESIDES = 300 << 20;

/**
 * How many of the checkpoints fit into memory at a time: one at least, since what is said to be free is an estimate, and
 * all where a model cannot be read, which its scorer will tell.
 * @param memory bytes that are free
 */
export async function roomFor(tasks: readonly CheckpointTask[], memory: number): Promise<number> {
  // A run's checkpoints are of one size.
  const models = new Map(tasks.map(({ run, model }) => [run, model]));
  const sizes = await Promise.all([...models.values()].map(sizeOf));
  const needed = Math.max(...sizes) * TIMES_MODEL + BESIDES;
  return Math.max(1, Math.floor(memory / needed));
}

/**
 * Bytes that scorers may take. What a container or job has left is not asked for: the files that it has read count there,
 * though they make room for whatever needs it.
 */
export function freeMemory(): number {
  const limit = process.constrainedMemory();
  return Math.min(freemem(), limit > 0 ? limit : Infinity);
}

/** Bytes of a model with its external data; 0 for one that cannot be read. */
async function sizeOf(model: string): Promise<number> {
  try {
    const files = [model, ...(await externalDataFiles(model))];
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
