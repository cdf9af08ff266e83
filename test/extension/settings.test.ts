import { beforeEach, expect, it, vi } from 'vitest';
import { Config } from '../../src/extension/config';
import { openSettings } from '../../src/extension/settings';

interface Fake {
  env: { remoteName?: string };
  executed: unknown[];
  updated: unknown[];
  inWorkspace?: boolean;
}
const fake = vi.hoisted((): Fake => ({ env: {}, executed: [], updated: [] }));
vi.mock('vscode', () => ({
  env: fake.env,
  commands: { executeCommand: (...words: unknown[]) => fake.executed.push(words) },
  ConfigurationTarget: { Global: 1, Workspace: 2 },
  workspace: {
    getConfiguration: () => ({
      inspect: () => ({ globalValue: true, workspaceValue: fake.inWorkspace }),
      update: (...words: unknown[]) => fake.updated.push(words),
    }),
  },
}));

beforeEach(() => {
  fake.executed.length = 0;
  fake.updated.length = 0;
});

it('of a remote window the settings are opened where those of the machine stand too', async () => {
  await openSettings();
  fake.env.remoteName = 'ssh-remote';
  await openSettings();
  expect(fake.executed).toEqual([
    ['workbench.action.openSettings', 'knowledgeProbes'],
    ['workbench.action.openRemoteSettings', { query: 'knowledgeProbes' }],
  ]);
});

it('results are shown and hidden where the setting counts: in the workspace that sets it, else for the user', async () => {
  await new Config().setShowResults(false);
  fake.inWorkspace = false;
  await new Config().setShowResults(true);
  expect(fake.updated).toEqual([
    ['results.show', false, 1],
    ['results.show', true, 2],
  ]);
});
