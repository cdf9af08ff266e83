// @ts-check
/** `npm run bench -- analysis`: what the work takes, as ratios to what others take in the same run. */
import { build, installPackages, requireNode } from '../setup.mjs';

requireNode();
await installPackages();
await build(['--production']);
const [what, ...args] = process.argv.slice(2);
if (what === 'analysis') await (await import('./analysis.mjs')).analysis(args);
else {
  console.error('npm run bench -- analysis [--entries N] [--published CLONE]');
  process.exit(2);
}
