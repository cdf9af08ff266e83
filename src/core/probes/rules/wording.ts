import { mappingAt, setKey } from '../edits/keys';
import type { Probe } from '../model';
import { fold } from '../fold';
import { rewritten } from '../scalars';
import { child, items, type ScalarNode, type TreeNode } from '../tree';
import { excerpt, probesOf, type Finding, type Rule } from './rule';

export const targetMissing: Rule = {
  code: 'target-missing',
  severity: 'error',
  title: 'Every probe has a target',
  *check({ file }) {
    for (const { probe } of probesOf(file))
      if (probe.targets.length === 0)
        yield {
          range: probe.id.range,
          about: probe.range,
          message: `The probe “${probe.id.value}” has no target. Write “target:” with the text that should follow the prompt.`,
        };
  },
};

/** They are not read: each would be one more accepted answer, and its probability part of the probe's. */
export const blankText: Rule = {
  code: 'blank-text',
  severity: 'error',
  title: 'No accepted target or foil is blank',
  *check({ file, root }) {
    for (const { probe } of probesOf(file)) {
      // A probe whose targets are all blank has none, and that is said already.
      if (probe.targets.length === 0) continue;
      const node = mappingAt(root, probe.range);
      for (const { range } of items(child(node, 'target')).filter(isBlank))
        yield { range, message: `This accepted target is blank, so it is not scored. ${WRITE}` };
      // An empty foil is against the schema, and said there.
      for (const { range, value } of items(child(node, 'foils')).filter(isBlank))
        if (value !== '') yield { range, message: `This foil is blank, so it is not scored. ${WRITE}` };
    }
  },
};

const WRITE = 'Write a text, or delete the item.';

function isBlank(node: TreeNode): node is ScalarNode {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value.trim() === '';
}

export const targetInPrompt: Rule = {
  code: 'target-in-prompt',
  severity: 'warning',
  title: 'The prompt does not say the target',
  *check({ file }) {
    for (const { probe } of probesOf(file)) {
      const prompt = fold(probe.prompt.value);
      for (const target of probe.targets)
        if (saysWord(prompt, fold(target.value)))
          yield {
            range: target.range,
            about: probe.range,
            message: `The prompt already says “${excerpt(target.value)}”, so a model can copy it. Reword the prompt or choose another target.`,
          };
    }
  },
};

/** Whether a text contains another with no letter or digit directly before or behind it. */
function saysWord(text: string, word: string): boolean {
  if (word === '') return false;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at);
    const behind = text.slice(at + word.length, at + word.length + 2);
    if (!/[\p{L}\p{N}]$/u.test(before) && !/^[\p{L}\p{N}]/u.test(behind)) return true;
  }
  return false;
}

export const trailingSpace: Rule = {
  code: 'trailing-space',
  severity: 'warning',
  title: 'Prompts do not end with a space',
  *check({ text, file, root }) {
    for (const { probe } of probesOf(file)) {
      const { prompt, join } = probe;
      const space = /\s+$/u.exec(prompt.value)?.[0];
      if (space === undefined) continue;
      const trim = rewritten(text, prompt, prompt.value.trimEnd());
      const mapping = mappingAt(root, probe.range);
      if (join !== '')
        yield {
          range: prompt.range,
          about: probe.range,
          message: `The prompt ends with a space, and “join” puts another after it; most tokenizers make an unusual token of that. Delete the space.`,
          fixes: [{ title: 'Delete the space', edits: [trim], preferred: true }],
        };
      else
        yield {
          range: prompt.range,
          about: probe.range,
          message: `The prompt ends with a space; most tokenizers put it into the target's first token. Move it into “join”.`,
          ...(mapping === undefined || space !== ' '
            ? {}
            : {
                fixes: [
                  {
                    title: 'Move the space into “join”',
                    edits: [trim, setKey(text, mapping, 'join', `' '`, 'prompt')],
                    preferred: true,
                  },
                ],
              }),
        };
    }
  },
};

export const spaceAroundTarget: Rule = {
  code: 'space-around-target',
  severity: 'warning',
  title: 'Targets and foils have no space around them',
  *check({ text, file }) {
    for (const { probe } of probesOf(file))
      for (const word of [...probe.targets, ...probe.foils]) {
        const trimmed = word.value.trim();
        if (trimmed === word.value) continue;
        yield {
          range: word.range,
          message: `There is a space around “${excerpt(trimmed)}”, which is scored with it. Delete it; “join” stands between prompt and target.`,
          fixes: [{ title: 'Delete the space', edits: [rewritten(text, word, trimmed)], preferred: true }],
        };
      }
  },
};

export const foilIsTarget: Rule = {
  code: 'foil-is-target',
  severity: 'error',
  title: 'No foil is an accepted target',
  *check({ file }) {
    for (const { probe } of probesOf(file)) {
      const targets = new Set(probe.targets.map(({ value }) => fold(value)));
      for (const foil of probe.foils)
        if (targets.has(fold(foil.value)))
          yield {
            range: foil.range,
            message: `“${excerpt(foil.value)}” is an accepted target of this probe, so it cannot be a foil. Delete one of the two.`,
          };
    }
  },
};

export const ambiguousPrompt: Rule = {
  code: 'ambiguous-prompt',
  severity: 'warning',
  title: 'One prompt has one answer',
  *check({ file }) {
    const asked = new Map<string, { factId: string; probe: Probe }[]>();
    for (const { fact, probe } of probesOf(file)) {
      const prompt = fold(probe.prompt.value);
      if (prompt === '' || probe.targets.length === 0) continue;
      const same = asked.get(prompt) ?? [];
      asked.set(prompt, [...same, { factId: fact.id.value, probe }]);
      const other = same.find((one) => !shareTarget(one.probe, probe));
      if (other !== undefined) yield ambiguous(probe, other);
    }
  },
};

function ambiguous(probe: Probe, other: { factId: string; probe: Probe }): Finding {
  return {
    range: probe.prompt.range,
    about: probe.range,
    message:
      `The probe “${other.probe.id.value}” of “${other.factId}” has the same prompt and another target, ` +
      `“${excerpt(other.probe.targets[0]!.value)}”: what one gains the other loses. Make one of the prompts more exact, or accept both targets in both.`,
  };
}

function shareTarget(a: Probe, b: Probe): boolean {
  const targets = new Set(a.targets.map(({ value }) => fold(value)));
  return b.targets.some(({ value }) => targets.has(fold(value)));
}
