import { describe, expect, it } from 'vitest';
import { currentRows } from '../../../src/core/results/currentRows';
import { runSeries } from '../../../src/core/results/series';
import { probeFile, scored, scorerOf } from './scored';

const text = `
version: 1
runs:
  - id: r
    checkpoints: ck/step-{step}
facts:
  - id: mars
    condition: control
    probes:
      - { id: moons, kind: semantic, prompt: The moon is called, target: Callisto, foils: [Titan, Europa] }
      - { id: colour, kind: semantic, prompt: The planet is, target: [red, reddish] }
      - { id: left, kind: semantic, prompt: Left, target: out, exclude: true }
`;
const file = probeFile(text);
const moonsOf = (...parts: Parameters<typeof runSeries>[1]) => {
  const found = runSeries(file, parts);
  return { ...found, moons: found.probes[0]!, colour: found.probes[1]! };
};

describe('a run’s series', () => {
  it('has every probe that takes part, its values by step whatever order they come in', () => {
    const { probes, steps, stale, moons } = moonsOf(
      scored(file, 'r', 100, () => -1),
      scored(file, 'r', 0, () => -2),
      scored(file, 'r', 20, ({ probe }) => (probe === 'moons' ? undefined : -3)),
    );
    expect(probes.map(({ probe }) => probe.id.value)).toEqual(['moons', 'colour']);
    expect(steps).toEqual([0, 20, 100]);
    expect(moons.target).toEqual({ steps: [0, 100], values: [-2, -1] });
    expect(moons.newest?.step).toBe(100);
    expect(stale).toBe(0);
  });

  it('adds the probabilities of several accepted targets', () => {
    const sums: Record<string, number> = { red: -2.5, reddish: -4 };
    const part = scored(file, 'r', 0, ({ text: target }) => (sums[target] ?? -1) / 2);
    const value = moonsOf(part).colour.target.values[0]!;
    // The rows' texts have two tokens.
    expect(value).toBeCloseTo(Math.log(Math.exp(-2.5) + Math.exp(-4)) / 2, 12);
  });

  it('is missing where one of several accepted targets is', () => {
    const part = scored(file, 'r', 0, ({ role }) => (role === 'alternative' ? undefined : -1));
    expect(moonsOf(part).colour.target.steps).toEqual([]);
  });

  it('has the mean of the foils where all of them have scores', () => {
    const { moons } = moonsOf(
      scored(file, 'r', 0, ({ index, role }) => (role === 'foil' ? -3 - index : -1)),
      scored(file, 'r', 10, ({ index, role }) => (role === 'foil' && index === 1 ? undefined : -1)),
    );
    expect(moons.foils).toEqual({ steps: [0], values: [-3.5] });
  });

  it('keeps one row a text, the one written last', () => {
    const { moons } = moonsOf(
      scored(file, 'r', 0, () => -2),
      scored(file, 'r', 0, () => -1),
    );
    expect(moons.target).toEqual({ steps: [0], values: [-1] });
  });

  it('keeps what one row has more than another of the same text', () => {
    const [plain, full] = [scored(file, 'r', 0, () => -1), scored(file, 'r', 0, () => -1)];
    const whole = { ...full, rows: full.rows.map((row) => ({ ...row, logprob_full: -3 })) };
    for (const parts of [
      [plain, whole],
      [whole, plain],
    ]) {
      expect(currentRows(file, parts).map(({ logprob_full }) => logprob_full)).not.toContain(null);
    }
  });

  it('never mixes models at a step: what another one said before is left out, and told', () => {
    const other = { ...scorerOf(0), model: 'replaced' };
    const parts = [
      scored(file, 'r', 0, () => -2),
      scored(file, 'r', 10, () => -2),
      scored(file, 'r', 0, ({ probe }) => (probe === 'moons' ? -1 : undefined), other),
    ];
    const { moons, colour, stale } = moonsOf(...parts);
    expect(moons.target).toEqual({ steps: [0, 10], values: [-1, -2] });
    expect(colour.target.steps).toEqual([10]);
    expect(stale).toBe(1);
    // The first one is back: with its next score it is whole again.
    const back = [...parts, scored(file, 'r', 0, ({ role }) => (role === 'foil' ? -4 : undefined))];
    expect(moonsOf(...back).moons.target.values).toEqual([-2, -2]);
    expect(moonsOf(...back)).toMatchObject({ stale: 0, colour: { target: { steps: [0, 10] } } });
  });

  it.each([
    ['target', text.replace('target: Callisto', 'target: Io')],
    ['prompt', text.replace('The moon is called', 'Its moon is called')],
    ['join', text.replace('kind: semantic, prompt: The moon', "join: '', kind: semantic, prompt: The moon")],
  ])('leaves out scores of an older %s, and tells how many', (_, changed) => {
    const parts = [scored(file, 'r', 0, () => -2), scored(file, 'r', 10, () => -1)];
    const found = runSeries(probeFile(changed), parts);
    expect(found.probes[0]).toMatchObject({
      target: { steps: [], values: [] },
      newest: undefined,
      newestStale: { step: 10, text: 'Callisto' },
    });
    expect(found.probes[1]!.target.steps).toEqual([0, 10]);
    expect(found.stale).toBe(2);
  });

  it('has the foils that were chosen for the present target, or those scored most often', () => {
    const chosen = probeFile(text.replace(', foils: [Titan, Europa]', ''));
    const foil = (step: number, ...texts: string[]) => {
      const written = probeFile(text.replace('[Titan, Europa]', `[${texts.join(', ')}]`));
      return scored(written, 'r', step, ({ role, index }) => (role === 'foil' ? -3 - index : -1));
    };
    const parts = [foil(0, 'Titan', 'Io'), foil(10, 'Titan', 'Io'), foil(20, 'Titan')];
    expect(runSeries(chosen, parts).probes[0]!.foils).toEqual({ steps: [0, 10, 20], values: [-3, -3, -3] });
    expect(runSeries(chosen, parts.slice(0, 2)).probes[0]!.foils?.values).toEqual([-3.5, -3.5]);

    const choice = {
      fact: 'mars',
      probe: 'moons',
      kind: 'semantic',
      target: 'Callisto',
      foils: ['Io'],
    } as const;
    const known = (target: string) =>
      runSeries(chosen, parts, { chosenFoils: [{ ...choice, target }] }).probes[0]!.foils;
    expect(known('Callisto')).toEqual({ steps: [0, 10], values: [-4, -4] });
    expect(known('Ganymede')).toEqual({ steps: [0, 10, 20], values: [-3, -3, -3] });
  });

  it('no longer counts an older score as stale where the present text has one', () => {
    const changed = probeFile(text.replace('target: Callisto', 'target: Io'));
    const found = runSeries(changed, [scored(file, 'r', 0, () => -2), scored(changed, 'r', 0, () => -1)]);
    expect(found.stale).toBe(0);
    expect(found.probes[0]!.target.values).toEqual([-1]);
  });

  it('needs all of the foils that are written', () => {
    const more = probeFile(text.replace('[Titan, Europa]', '[Titan, Europa, Io]'));
    const found = runSeries(more, [scored(file, 'r', 0, () => -2)]);
    expect(found.probes[0]!.foils).toEqual({ steps: [], values: [] });
  });

  it('tells rows without a scorer by their texts alone', () => {
    const part = scored(file, 'r', 0, () => -2);
    const measuredElsewhere = { ...part, metadata: { scorer: null, settings: {} } };
    const changed = probeFile(text.replace('The moon is called', 'Its moon is called'));
    expect(runSeries(changed, [measuredElsewhere]).probes[0]!.target.values).toEqual([-2]);
  });
});
