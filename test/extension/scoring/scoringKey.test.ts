import type { Uri } from 'vscode';
import { expect, it, vi } from 'vitest';
import { registerScoringKey } from '../../../src/extension/scoring/scoringKey';
import manifest from '../../../package.json';
import { EventEmitter } from '../vscodeStandIn';

const { executed } = vi.hoisted(() => ({ executed: [] as unknown[] }));
vi.mock('vscode', () => ({
  commands: { executeCommand: (...words: unknown[]) => executed.push(words) },
}));

it('“Cancel Scoring” can be had while anything is scored, whichever file is in front', () => {
  const menu = manifest.contributes.menus.commandPalette;
  const { when } = menu.find(({ command }) => command === 'knowledgeProbes.cancelScoring')!;
  const changed = new EventEmitter<Uri>();
  const file = {} as unknown as Uri;
  const running = new Set<Uri>();
  registerScoringKey({ onDidChange: changed.event, running: () => [...running][0] });
  changed.fire(file);
  expect(executed).toEqual([]);
  running.add(file);
  changed.fire(file);
  changed.fire(file);
  running.clear();
  changed.fire(file);
  expect(executed).toEqual([
    ['setContext', when, true],
    ['setContext', when, false],
  ]);
});
