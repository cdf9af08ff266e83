// @ts-check
/** An extension, straight from its folder, in a VS Code that `serve.mjs` starts. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Enters the extension in the server's list of installed extensions: whoever opens the server's address has it,
 * without a package being made and without a copy. Call it before the server starts. The folder must lie outside
 * the server's extensions folder, as then VS Code forgets it on "Uninstall"; inside, VS Code would delete it.
 * @param {string} serverDataDir
 * @param {string} extensionPath the folder that holds the extension's package.json
 */
export async function installExtension(serverDataDir, extensionPath) {
  const manifest = JSON.parse(await readFile(path.join(extensionPath, 'package.json'), 'utf8'));
  const id = `${manifest.publisher}.${manifest.name}`;
  const list = path.join(serverDataDir, 'extensions', 'extensions.json');
  const others = (await readList(list)).filter(
    (entry) => entry.identifier.id.toLowerCase() !== id.toLowerCase(),
  );
  const { pathname } = pathToFileURL(path.resolve(extensionPath));
  const entry = {
    identifier: { id },
    version: manifest.version,
    location: { $mid: 1, path: decodeURIComponent(pathname), scheme: 'file' },
    metadata: { installedTimestamp: Date.now(), pinned: true, source: 'vsix' },
  };
  await mkdir(path.dirname(list), { recursive: true });
  await writeFile(`${list}.new`, JSON.stringify([...others, entry]));
  await rename(`${list}.new`, list);
  return id;
}

/** @param {string} file @returns {Promise<{ identifier: { id: string } }[]>} */
async function readList(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
    throw new Error(`${file} cannot be read. Delete it, then run this again.`, { cause: error });
  }
}
