// @ts-check
/** `npm run bench -- analysis`, `npm run bench -- scoring`: what the work takes, as ratios to what others take in the same run. */
import { build, installPackages, requireNode } from '../setup.mjs';

requireNode();
await installPackages();
await build(['--production']);
const [what, ...args] = process.argv.slice(2);
if (what === 'analysis') await (await import('./analysis.mjs')).analysis(args);
else if (what === 'scoring') await (await import('./scoring.mjs')).scoring(args);
else {
  console.error(
    'npm run bench -- analysis [--entries N] [--published CLONE]\n' +
      'npm run bench -- scoring [--data FOLDER] [--facts N] [--rounds N]',
  );
  process.exit(2);
}
