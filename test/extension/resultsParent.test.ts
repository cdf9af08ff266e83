import { expect, it } from 'vitest';
import { resultsParent } from '../../src/extension/resultsParent';

const PLACES = { home: '/home/me', workspaceFolder: '/data/w$&' };
const parent = (setting: string, places: Parameters<typeof resultsParent>[2] = PLACES) =>
  resultsParent(setting, '/data/probes', places);

it.each([
  ['', '/data/probes'],
  [' ../scores ', '/data/scores'],
  ['/abs', '/abs'],
  ['~', '/home/me'],
  ['~/kp', '/home/me/kp'],
  ['${workspaceFolder}', '/data/w$&'],
  ['${workspaceFolder}/out', '/data/w$&/out'],
  // Only at the start and alone is it the home.
  ['a/~', '/data/probes/a/~'],
  ['~other', '/data/probes/~other'],
])('results.folder %j is %s', (setting, folder) => {
  expect(parent(setting)).toBe(folder);
});

it('refuses variables that it does not know, and a workspace folder where there is none', () => {
  expect(() => parent('${userHome}/kp')).toThrow(/results\.folder does not know “\$\{userHome\}”.*“~”/);
  expect(() => parent('${env:SCRATCH}')).toThrow('${env:SCRATCH}');
  expect(() => parent('${workspaceFolder}/x', { home: '/h', workspaceFolder: undefined })).toThrow(
    /in no folder of the workspace/,
  );
});
