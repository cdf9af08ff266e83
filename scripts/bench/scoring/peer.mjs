// @ts-check
/**
 * @huggingface/transformers, into out/: as a package of this project it would bring a second ONNX Runtime, one for
 * browsers, and an image library, 400 MB in all. Its own tests run with the version of ONNX Runtime that is here.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unpackPackage } from '../../vscode/npm.mjs';
import { peer } from './places.mjs';

export const VERSION = '4.3.1';

/**
 * Fetches it where it is not there.
 * @returns {Promise<string | undefined>} why it cannot be had
 */
export async function fetchPeer() {
  const modules = path.join(peer, 'node_modules');
  const home = path.join(modules, '@huggingface', 'transformers');
  if (existsSync(home)) return undefined;
  const unfinished = `${peer}.unfinished`;
  try {
    console.log(`Downloading @huggingface/transformers ${VERSION} from npm (once) …`);
    await mkdir(path.dirname(home), { recursive: true });
    await unpackPackage(`@huggingface/transformers@${VERSION}`, unfinished);
    // For pictures only, but loaded with everything else.
    await mkdir(path.join(modules, 'sharp'), { recursive: true });
    await writeFile(path.join(modules, 'sharp', 'index.js'), 'module.exports = {};\n');
    await writeFile(path.join(peer, 'package.json'), '{}\n');
    await rename(unfinished, home);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
