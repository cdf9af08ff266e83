// @ts-check
/** npm as a program: how to find it, run it, and say what to do when it fails. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Few and short repeats: npm's own settings wait for minutes before they say that there is no network. */
const always = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--no-update-notifier',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=4000',
];

/**
 * Runs npm without install scripts and returns what it printed.
 * @param {string[]} args
 * @param {string} cwd
 */
export function npm(args, cwd) {
  const script = process.env['npm_execpath'];
  // Under `npm start` the npm in use is known; else the one on the path, which is a batch file on Windows.
  const known = script?.endsWith('npm-cli.js') ? script : undefined;
  const command = known ? process.execPath : 'npm';
  const all = [...(known ? [known] : []), ...args, ...always];
  return execute(command, all, cwd, !known && process.platform === 'win32').catch(
    (/** @type {Error} */ error) => {
      throw new Error(
        `npm ${args.join(' ')} failed in ${cwd}:\n${essence(error.message)}\n${remedy(error.message)}`,
      );
    },
  );
}

/**
 * Downloads one package and unpacks it, without the packages it depends on.
 * @param {string} spec name@version
 * @param {string} folder created; receives the package's files
 * @param {string} [only] a folder of the package, to take that alone
 */
export async function unpackPackage(spec, folder, only) {
  await mkdir(folder, { recursive: true });
  await npm(['pack', '--pack-destination', folder, spec], folder);
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack ${spec} left no archive in ${folder}.`);
  const wanted = only === undefined ? [] : [`package/${only}`];
  const depth = 1 + (only === undefined ? 0 : only.split('/').length);
  try {
    await execute('tar', ['-xzf', archive, `--strip-components=${depth}`, ...wanted], folder, false);
  } catch (error) {
    throw new Error(
      `Could not unpack ${path.join(folder, archive)}: ${/** @type {Error} */ (error).message.trim()}\n` +
        'The program "tar" must be on the path, and the disk must have room.',
      { cause: error },
    );
  }
  await rm(path.join(folder, archive));
}

/** Without npm's own stack and its advice, which would bury the cause. @param {string} output */
function essence(output) {
  const kept = output
    .split('\n')
    .filter(
      (line) =>
        !/^npm error\s*($|\}|at |errno|type:|code:|address:|port:|syscall:|If you are behind)/.test(line),
    );
  return kept.slice(0, 12).join('\n').trim();
}

/** @param {string} output */
function remedy(output) {
  if (/ENOSPC/.test(output)) return 'The disk is full. Make room and run this again.';
  if (/EACCES|EPERM|EROFS/.test(output))
    return 'A folder cannot be written to. Change its owner, or the folder.';
  if (/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|network|ERR_SOCKET/.test(output)) {
    return 'npm could not reach its registry. Check the network (or `npm config get registry` and proxy), then run this again.';
  }
  if (/E404|ETARGET/.test(output))
    return 'The registry in use does not have this package: `npm config get registry`.';
  if (/not start npm|ENOENT/.test(output)) return 'Install npm (it comes with Node.js), then run this again.';
  return 'Run this again; when it repeats, `npm cache verify` may help.';
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {boolean} shell
 * @returns {Promise<string>}
 */
function execute(command, args, cwd, shell) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
    child.on('error', (error) => reject(new Error(`could not start ${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(stderr.slice(-4000) || stdout.slice(-4000) || `exit code ${code ?? signal}`));
    });
  });
}
