// @ts-check
/**
 * `npm start`: sets everything up, scores one run of the example, prints its figures, and opens the example in
 * VS Code: the desktop's where `code` is on the path, else VS Code from npm in the browser.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { build, installPackages, requireNode, root, run } from './setup.mjs';

const file = path.join(root, 'examples', 'invented-facts.probes.yaml');
const exampleRun = 's1';
const cli = path.join(root, 'dist', 'cli', 'main.mjs');

requireNode();
await installPackages();
await build();

console.log(
  `\nScoring run ${exampleRun} of the example against its checkpoints (what is scored already is kept):\n`,
);
const scored = await run(process.execPath, [cli, 'score', file, '--run', exampleRun]);
if (scored !== 0) process.exit(scored);
console.log('');
const analyzed = await run(process.execPath, [cli, 'analyze', file, '--run', exampleRun]);
if (analyzed !== 0) process.exit(analyzed);

// Read by the extension when it starts: opens the panel on this run, with one kind of probe for a clear first look.
const env = {
  KNOWLEDGE_PROBES_SHOW: JSON.stringify({
    path: file,
    run: exampleRun,
    kind: 'memorization',
    id: Date.now(),
  }),
};

const { findDesktopCode } = await import('./vscode/desktop.mjs');
const code = await findDesktopCode();
if (code !== undefined) await openOnDesktop(code.command);
else await openInBrowser();

/** @param {string} executable */
async function openOnDesktop(executable) {
  console.log('\nOpening the example in VS Code, with this extension loaded from here …');
  await run(executable, [`--extensionDevelopmentPath=${root}`, path.dirname(file), file], {
    env: { ...process.env, ...env },
  });
  tellWhatToClick();
}

async function openInBrowser() {
  const { oldest } = await import('./vscode/versions.mjs');
  const { serveVsCode, openUrl } = await import('./vscode/serve.mjs');
  const { installExtension } = await import('./vscode/extension.mjs');

  console.log('\nThere is no `code` on the path, so VS Code comes from npm and opens in your browser.');
  const serverDataDir = path.join(root, '.vscode-test', 'start');
  await installExtension(serverDataDir, root);
  const server = await serveVsCode({
    version: oldest,
    serverDataDir,
    env,
    log: (/** @type {string} */ line) => console.log(line),
  });
  const url = openUrl(server, { folder: path.dirname(file), file });
  console.log(`\n  Open   ${url}\n`);
  tellWhatToClick();
  const opened = openBrowser(url);
  console.log(
    opened
      ? 'Ctrl+C here stops it.'
      : `There is no display here: open the address in a browser on this machine, or forward the port first ` +
          `(ssh -L ${server.port}:127.0.0.1:${server.port} …). Ctrl+C here stops it.`,
  );
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => void server.stop());
  }
  await server.ended;
}

function tellWhatToClick() {
  console.log(
    [
      'What to click:',
      '  1. When VS Code asks, trust the folder: reading a model needs it.',
      `  2. The panel beside the file charts run ${exampleRun}: trajectories first; switch to Retention, and to other kinds.`,
      '  3. Above each run and fact stands "▶ Score": it scores the rest against the checkpoints.',
      '  4. Change a target and watch its result turn grey; score the fact again.',
      '',
    ].join('\n'),
  );
}

/**
 * Opens the user's browser where there is a screen to show it.
 * @param {string} url
 */
function openBrowser(url) {
  const byPlatform = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };
  const hasDisplay = process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  const command =
    process.platform === 'darwin' || process.platform === 'win32'
      ? byPlatform[process.platform]
      : hasDisplay
        ? ['xdg-open']
        : undefined;
  if (command === undefined || !process.stdout.isTTY) return false;
  const [program = '', ...args] = command;
  // cmd reads & as the end of a command.
  const address = process.platform === 'win32' ? url.replaceAll('&', '^&') : url;
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('The browser did not open by itself: open the address above.'));
  child.unref();
  return true;
}
