import type { Located, Probe } from '../model';
import type { QuickFix } from '../problem';
import { fold } from '../fold';
import { rewritten } from '../scalars';
import { mappingAt, setKey } from '../edits/keys';
import { child, type TreeNode } from '../tree';
import { excerpt, probesOf, replace, type Rule } from './rule';

export const passageMissing: Rule = {
  code: 'passage-missing',
  severity: 'error',
  title: 'Facts that are injected or memorized have a passage',
  *check({ file }) {
    for (const fact of file.facts) {
      if (fact.passage !== undefined) continue;
      const conditions = [fact.condition, ...Object.values(fact.conditionByRun)].map((one) => one?.value);
      const memorized = fact.probes.some(({ kind, exclude }) => kind === 'memorization' && !exclude);
      const reason = conditions.some((one) => one !== undefined && one !== 'control')
        ? 'is injected'
        : memorized
          ? 'has a memorization probe'
          : undefined;
      if (reason !== undefined)
        yield {
          range: fact.id.range,
          about: fact.range,
          message: `The fact “${fact.id.value}” ${reason} but has no passage. Add “passage:” with its text.`,
        };
    }
  },
};

export const notInPassage: Rule = {
  code: 'not-in-passage',
  severity: 'warning',
  title: 'A memorization probe stands word for word in the passage',
  *check({ text, file, root }) {
    for (const { fact, probe } of probesOf(file)) {
      if (probe.kind !== 'memorization' || fact.passage === undefined || probe.targets.length === 0) continue;
      const passage = fold(fact.passage.value);
      if (probe.targets.some((target) => passage.includes(sentence(probe, target.value)))) continue;
      const prompt = fold(probe.prompt.value);
      const at = passage.indexOf(prompt);
      const target = probe.targets[0]!;
      if (at < 0)
        yield {
          range: probe.prompt.range,
          about: fact.range,
          message: `This prompt is not in the passage word for word, as it is in a memorization probe. Copy it from there, or make this a semantic probe.`,
          ...(passage.includes(fold(target.value))
            ? { fixes: changeKind(root, probe, 'semantic', false) }
            : {}),
        };
      else if (passage.includes(fold(probe.prompt.value + target.value)))
        yield {
          range: target.range,
          about: fact.range,
          message: `In the passage the target follows the prompt directly, without “join” in between. Give this probe “join: ''”, or begin the target with the prompt's last characters.`,
          ...changeJoin(text, root, probe, ''),
        };
      else if (passage.includes(fold(`${probe.prompt.value} ${target.value}`)))
        yield {
          range: target.range,
          about: fact.range,
          message: `In the passage a space stands between prompt and target, and “join” gives none here. Give this probe “join: ' '”.`,
          ...changeJoin(text, root, probe, ' '),
        };
      else {
        const rest = passage.slice(at + prompt.length).trim();
        yield {
          range: target.range,
          about: fact.range,
          message: `In the passage this prompt is followed by “${excerpt(rest, 30)}”, not by “${excerpt(target.value)}”. Copy the target from there.`,
          ...addMark(text, passage, rest, probe, target),
        };
      }
    }
  },
};

function changeJoin(
  text: string,
  root: TreeNode | undefined,
  probe: Probe,
  join: '' | ' ',
): { fixes?: QuickFix[] } {
  const mapping = mappingAt(root, probe.range);
  if (mapping === undefined) return {};
  const edits = [setKey(text, mapping, 'join', `'${join}'`, 'prompt')];
  const verb = mapping.entries.has('join') ? 'Change to' : 'Add';
  return { fixes: [{ title: `${verb} “join: '${join}'”`, edits }] };
}

/** Where an opening quote or the like stands between prompt and target, the target can begin with it. */
function addMark(
  text: string,
  passage: string,
  rest: string,
  probe: Probe,
  target: Located<string>,
): { fixes?: QuickFix[] } {
  const mark = /^[^\p{L}\p{N}\s]{1,3}/u.exec(rest)?.[0] ?? '';
  const longer = mark + target.value;
  if (mark === '' || !passage.includes(sentence(probe, longer))) return {};
  return { fixes: [{ title: `Begin the target with ${mark}`, edits: [rewritten(text, target, longer)] }] };
}

export const inPassage: Rule = {
  code: 'in-passage',
  severity: 'warning',
  title: 'The prompt of a semantic probe is in other words than the passage',
  *check({ file, root }) {
    for (const { fact, probe } of probesOf(file)) {
      if (probe.kind !== 'semantic' || fact.passage === undefined) continue;
      const passage = fold(fact.passage.value);
      const prompt = fold(probe.prompt.value);
      if (prompt === '' || !passage.includes(prompt)) continue;
      const memorized = probe.targets.some((target) => passage.includes(sentence(probe, target.value)));
      yield {
        range: probe.prompt.range,
        about: fact.range,
        message:
          'This prompt is in the passage word for word, so it asks for memorization. ' +
          (memorized
            ? 'Put it in other words, or make this a memorization probe.'
            : 'Put it in other words.'),
        ...(memorized ? { fixes: changeKind(root, probe, 'memorization', true) } : {}),
      };
    }
  },
};

/** Prompt, join and target as they would stand in a passage. */
function sentence({ prompt, join }: Probe, target: string): string {
  return fold(prompt.value + join + target);
}

function changeKind(
  root: TreeNode | undefined,
  probe: Probe,
  kind: Probe['kind'],
  preferred: boolean,
): QuickFix[] {
  const written = child(mappingAt(root, probe.range), 'kind');
  return written === undefined ? [] : [replace(`Change the kind to ${kind}`, written.range, kind, preferred)];
}
