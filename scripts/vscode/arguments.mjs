// @ts-check
/** The command line that `runTests` of @vscode/test-electron gives to what it takes for desktop VS Code. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} TestArguments
 * @property {string[]} extensions folders of the extensions under development
 * @property {string} tests the script whose `run()` is the test
 * @property {string | undefined} folder
 * @property {string | undefined} workspace
 */

/** Flags of desktop VS Code whose value is an argument of its own. */
const flagsWithValue = new Set([
  '--locale',
  '--log',
  '--user-data-dir',
  '--extensions-dir',
  '--disable-extension',
]);

/**
 * @param {readonly string[]} args
 * @returns {TestArguments}
 */
export function parseTestArguments(args) {
  const extensions = [];
  const opened = [];
  let tests;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const [flag, value] = splitAtEquals(arg);
    if (flag === '--extensionDevelopmentPath' || flag === '--extensionTestsPath') {
      const file = path.resolve(value ?? args[++index] ?? '');
      if (flag === '--extensionTestsPath') tests = file;
      else extensions.push(file);
    } else if (flagsWithValue.has(arg)) index++;
    else if (!arg.startsWith('-')) opened.push(path.resolve(arg));
  }
  if (extensions.length === 0 || tests === undefined) {
    throw new Error('--extensionDevelopmentPath= and --extensionTestsPath= are both needed.');
  }
  if (opened.length > 1)
    throw new Error(`Only one folder or workspace can be opened, not ${opened.join(' and ')}.`);
  const isWorkspace = opened[0]?.endsWith('.code-workspace') === true;
  return {
    extensions,
    tests: scriptAt(tests),
    folder: isWorkspace ? undefined : opened[0],
    workspace: isWorkspace ? opened[0] : undefined,
  };
}

/** @param {string} arg @returns {[string, string | undefined]} */
function splitAtEquals(arg) {
  const at = arg.indexOf('=');
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** Desktop VS Code resolves the path as `require` does; the server wants the file. @param {string} file */
function scriptAt(file) {
  const candidates = [`${file}.js`, `${file}.cjs`, path.join(file, 'index.js'), path.join(file, 'index.cjs')];
  if (/\.c?js$/.test(file)) candidates.unshift(file);
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`There is no test script at ${file}. Build the tests first.`);
  return found;
}
