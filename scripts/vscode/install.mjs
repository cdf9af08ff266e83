// @ts-check
/** VS Code from npm, for machines that have none: into .vscode-test/, which git ignores. */
import { access, chmod, copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, unpackPackage } from './npm.mjs';
import { isRunning } from './processes.mjs';
import { machine, nodePackages, ripgrepPackage, terminalPackage } from './versions.mjs';

/** @typedef {import('./versions.mjs').VsCodeVersion} VsCodeVersion */

/**
 * @typedef {object} InstalledVsCode
 * @property {string} folder
 * @property {string} serverMain the script that starts the server
 * @property {string} node the Node to start it with
 */

export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Written last: an install without it was interrupted. */
const markerName = 'installed.json';

/** Raise it when the steps below change, so that existing installs are made anew. */
const recipe = 2;

/**
 * Installs VS Code unless it is there already.
 * @param {VsCodeVersion} version
 * @param {{ log?: (line: string) => void; parent?: string }} [options] `parent`: where the installs lie
 * @returns {Promise<InstalledVsCode>}
 */
export async function installVsCode(
  version,
  { log = () => {}, parent = path.join(repository, '.vscode-test') } = {},
) {
  const folder = path.join(parent, `npm-${version.codeServer}`);
  const ownNode = Number(process.versions.node.split('.')[0]) >= version.node;
  if (!(await isInstalled(folder, ownNode))) {
    await mkdir(parent, { recursive: true });
    await removeUnfinished(parent);
    // Built beside its place and moved there whole: two installs at a time cannot spoil one another.
    const unfinished = `${folder}.unfinished-${process.pid}`;
    const started = performance.now();
    try {
      await install(version, unfinished, ownNode, log);
      if (await isInstalled(folder, ownNode)) await rm(unfinished, { recursive: true });
      else {
        await rm(folder, { recursive: true, force: true });
        await rename(unfinished, folder);
      }
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (!(await isInstalled(folder, ownNode))) throw error;
    }
    log(`VS Code ${version.vscode} is installed (${((performance.now() - started) / 1000).toFixed(0)} s).`);
  }
  return {
    folder,
    serverMain: path.join(folder, 'vscode', 'out', 'server-main.js'),
    node: ownNode ? process.execPath : path.join(folder, 'node', nodePackage().executable),
  };
}

/**
 * @param {VsCodeVersion} version
 * @param {string} folder
 * @param {boolean} ownNode whether the Node running this script will do
 * @param {(line: string) => void} log
 */
async function install(version, folder, ownNode, log) {
  const vscode = path.join(folder, 'vscode');
  log(`Downloading VS Code ${version.vscode} from npm (once, about 45 MB) ...`);
  // Only VS Code itself: code-server's own dependencies serve its login page, which is not used.
  const downloads = await Promise.allSettled([
    unpackPackage(`code-server@${version.codeServer}`, vscode, 'lib/vscode').then(() => {
      log('Installing the packages VS Code needs (about 35 MB) ...');
      return npm(['install', '--omit=dev', '--prefix', vscode], vscode);
    }),
    ownNode ? undefined : installNode(path.join(folder, 'node'), log),
  ]);
  // Settled, not all: nothing may still be writing when a failed install is removed.
  for (const download of downloads) if (download.status === 'rejected') throw download.reason;
  await addRipgrep(vscode, folder, log);
  await addTerminal(vscode, folder);
  await addStandIns(vscode);
  await writeFile(path.join(folder, markerName), JSON.stringify({ recipe, machine, node: !ownNode }));
}

/** @param {string} folder @param {(line: string) => void} log */
async function installNode(folder, log) {
  const { spec, executable } = nodePackage();
  log(`Downloading ${spec}, which this VS Code runs on (about 50 MB) ...`);
  await unpackPackage(spec, folder);
  await chmod(path.join(folder, executable), 0o755);
}

function nodePackage() {
  const found = nodePackages[machine];
  if (!found) {
    throw new Error(`npm has no Node 24 for ${machine}. Run this with Node 24 or newer: https://nodejs.org`);
  }
  return found;
}

/** @param {string} vscode @param {string} folder @param {(line: string) => void} log */
async function addRipgrep(vscode, folder, log) {
  const home = path.join(vscode, 'node_modules', '@vscode', 'ripgrep');
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  if (!(await exists(home)) || (await exists(path.join(home, 'bin', name)))) return;
  log('Adding the file search ...');
  const unpacked = path.join(folder, 'ripgrep');
  await unpackPackage(ripgrepPackage, unpacked);
  await mkdir(path.join(home, 'bin'), { recursive: true });
  await rename(path.join(unpacked, 'bin', name), path.join(home, 'bin', name));
  await rm(unpacked, { recursive: true });
}

/**
 * A VS Code without a terminal is still a VS Code: a failure here is no reason to stop.
 * @param {string} vscode
 * @param {string} folder
 */
async function addTerminal(vscode, folder) {
  const home = path.join(vscode, 'node_modules', 'node-pty');
  if (await exists(path.join(home, 'prebuilds', machine))) return;
  const unpacked = path.join(folder, 'terminal');
  try {
    await unpackPackage(terminalPackage, unpacked);
    const release = path.join(home, 'build', 'Release');
    await mkdir(release, { recursive: true });
    for (const name of await readdir(unpacked)) {
      if (!name.endsWith('.node') && name !== 'spawn-helper') continue;
      await copyFile(path.join(unpacked, name), path.join(release, name));
    }
  } catch {
    // Opening a terminal will say what is missing.
  }
  await rm(unpacked, { recursive: true, force: true });
}

/**
 * Two packages would be compiled by their install scripts, and VS Code misses them: plain JavaScript in their place.
 * @param {string} vscode
 */
async function addStandIns(vscode) {
  for (const [name, standIn] of [
    ['@vscode/spdlog', 'spdlog.cjs'],
    ['native-watchdog', 'watchdog.cjs'],
    ['@vscode/native-watchdog', 'watchdog.cjs'],
  ]) {
    const home = path.join(vscode, 'node_modules', name ?? '');
    if (!(await exists(path.join(home, 'index.js')))) continue;
    await copyFile(new URL(`standIns/${standIn}`, import.meta.url), path.join(home, 'index.js'));
  }
}

/** @param {string} folder @param {boolean} ownNode */
async function isInstalled(folder, ownNode) {
  try {
    const marker = JSON.parse(await readFile(path.join(folder, markerName), 'utf8'));
    return marker.recipe === recipe && marker.machine === machine && (ownNode || marker.node === true);
  } catch {
    return false;
  }
}

/** What an interrupted install left, unless its process is still at it. @param {string} parent */
async function removeUnfinished(parent) {
  for (const name of await readdir(parent)) {
    const owner = /\.unfinished-(\d+)$/.exec(name)?.[1];
    if (owner && !isRunning(Number(owner)))
      await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** @param {string} file */
function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
