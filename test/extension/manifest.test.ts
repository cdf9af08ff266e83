import { expect, it } from 'vitest';
import manifest from '../../package.json';

it('the walkthrough is in plain words: VS Code shows the marks of Markdown as they are written', () => {
  for (const { title, description, steps } of manifest.contributes.walkthroughs)
    for (const text of [title, description, ...steps.flatMap((step) => [step.title, step.description])])
      expect(text).not.toMatch(/[`*_]/);
});
