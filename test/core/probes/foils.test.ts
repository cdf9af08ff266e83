import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AUTOMATIC_FOILS, foilChooser } from '../../../src/core/probes/foils';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { scoreRequests } from '../../../src/core/probes/requests';

function facts(targets: readonly (readonly string[])[]) {
  const lines = targets.map((accepted, i) =>
    JSON.stringify({ id: `f${i}`, probes: [{ kind: 'semantic', prompt: 'p', target: accepted }] }),
  );
  return parseProbeFile(`version: 1\nfacts:\n${lines.map((line) => `  - ${line}\n`).join('')}`).file;
}
const foilsOf = (
  file: ReturnType<typeof facts>,
  fact: string,
  options: Parameters<typeof scoreRequests>[2] = {},
) =>
  scoreRequests(file, 'r', { ...options, fact })
    .filter(({ role }) => role === 'foil')
    .map(({ text }) => text);

describe('automatic foils', () => {
  const many = facts(Array.from({ length: 60 }, (_, i) => [i % 3 === 0 ? `w${i}` : `two w${i}`]));

  test('are eight targets of other facts, of one length, whatever is selected', () => {
    const all = scoreRequests(many, 'r');
    for (const fact of ['f0', 'f1', 'f30']) {
      const foils = foilsOf(many, fact);
      expect(new Set(foils).size).toBe(AUTOMATIC_FOILS);
      const [target] = scoreRequests(many, 'r', { fact });
      expect(foils).not.toContain(target!.text);
      expect(new Set(foils.map((foil) => foil.split(' ').length))).toEqual(
        new Set([target!.text.split(' ').length]),
      );
      expect(
        all.filter((request) => request.fact === fact && request.role === 'foil').map(({ text }) => text),
      ).toEqual(foils);
    }
  });

  test('have as many tokens as the tokenizer counts', () => {
    const foils = foilsOf(many, 'f3', { foils: foilChooser(many, (text) => text.length) });
    expect(foils.length).toBeGreaterThan(0);
    expect(new Set(foils.map((foil) => foil.length))).toEqual(new Set(['w3'.length]));
  });

  test('are of the same kind, not of excluded probes, and never what the fact itself accepts', () => {
    const file = parseProbeFile(`version: 1
facts:
  - { id: a, probes: [{ kind: semantic, prompt: p, target: [Red, green] }, { kind: composition, prompt: p, target: blue }] }
  - { id: b, probes: [{ kind: semantic, prompt: p, target: red }, { kind: semantic, prompt: q, target: white }] }
  - { id: c, probes: [{ kind: semantic, prompt: p, target: black, exclude: true }, { kind: composition, prompt: p, target: pink }] }
`).file;
    const foils = scoreRequests(file, 'r').filter(({ role }) => role === 'foil');
    const of = (fact: string, probe: string) =>
      foils.filter((foil) => foil.fact === fact && foil.probe === probe).map(({ text }) => text);
    expect(of('a', 'semantic-1')).toEqual(['white']);
    expect(of('a', 'composition-1')).toEqual(['pink']);
    expect(of('b', 'semantic-1')).toEqual([]);
    // “Red” is what b accepts elsewhere.
    expect(of('b', 'semantic-2')).toEqual([]);
  });

  test('stay the same when facts are reordered, and nearly so when one is added', () => {
    const targets = Array.from({ length: 60 }, (_, i) => [`w${i}`]);
    const before = facts(targets);
    const reversed = { ...before, facts: before.facts.toReversed() };
    const more = facts([...targets, ['newcomer']]);
    let displaced = 0;
    for (const { id } of before.facts) {
      expect(foilsOf(reversed, id.value)).toEqual(foilsOf(before, id.value));
      const changed = foilsOf(more, id.value).filter((foil) => !foilsOf(before, id.value).includes(foil));
      expect(changed.every((foil) => foil === 'newcomer')).toBe(true);
      displaced += changed.length;
    }
    expect(displaced).toBeLessThan(30);
  });

  test('stay as stored while the probe stays, whatever others become', () => {
    const targets = Array.from({ length: 60 }, (_, i) => [`w${i}`]);
    const before = facts(targets);
    const choose = foilChooser(before);
    const stored = before.facts.map((fact) => choose(fact, fact.probes[0]!));
    const edited = facts(targets.with(7, ['edited']));
    const chooseNow = foilChooser(edited, undefined, stored);
    const anew = foilChooser(edited);
    let wouldChange = 0;
    for (const [i, fact] of edited.facts.entries()) {
      const now = chooseNow(fact, fact.probes[0]!);
      if (i !== 7) expect(now).toBe(stored[i]);
      else expect(now).toEqual(anew(fact, fact.probes[0]!));
      if (!anew(fact, fact.probes[0]!).foils.every((foil) => stored[i]!.foils.includes(foil))) wouldChange++;
    }
    expect(wouldChange).toBeGreaterThan(1);
  });

  test('are chosen anew where the fact accepts a stored one by now', () => {
    const [first] = many.facts;
    const choice = foilChooser(many)(first!, first!.probes[0]!);
    const accepting = facts([
      [choice.target, choice.foils[0]!],
      ...Array.from({ length: 9 }, (_, i) => [`v${i}`]),
    ]);
    const now = foilChooser(accepting, undefined, [choice])(
      accepting.facts[0]!,
      accepting.facts[0]!.probes[0]!,
    );
    expect(now.foils).not.toContain(choice.foils[0]);
    expect(now.foils).toHaveLength(AUTOMATIC_FOILS);
  });

  test('are spread over the candidates', () => {
    const uses = new Map<string, number>();
    for (const { text, role } of scoreRequests(facts(Array.from({ length: 200 }, (_, i) => [`w${i}`])), 'r'))
      if (role === 'foil') uses.set(text, (uses.get(text) ?? 0) + 1);
    expect(uses.size).toBeGreaterThan(150);
    expect(Math.max(...uses.values())).toBeLessThan(60);
  });

  test('never include the target, whatever the targets are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.constantFrom('a', 'A', 'b', 'c d', 'e f', 'ü'), { minLength: 1, maxLength: 3 }),
          { minLength: 1, maxLength: 12 },
        ),
        (targets) => {
          const file = facts(targets);
          for (const [i, accepted] of targets.entries()) {
            const foils = foilsOf(file, `f${i}`);
            const own = accepted.map((text) => text.toLowerCase());
            expect(foils.some((foil) => own.includes(foil.toLowerCase()))).toBe(false);
            expect(foils.length).toBeLessThanOrEqual(AUTOMATIC_FOILS);
          }
        },
      ),
    );
  });
});
