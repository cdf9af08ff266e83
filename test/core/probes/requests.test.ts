import { describe, expect, test } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { scoreRequests } from '../../../src/core/probes/requests';
import { DESIGN_EXAMPLE } from './examples';

const design = parseProbeFile(DESIGN_EXAMPLE).file;

describe('the texts of a probe', () => {
  test('are its target, the alternatives and its foils, in order', () => {
    const requests = scoreRequests(design, 'small-s1', { fact: 'zorgon-government' });
    expect(requests.map(({ probe, role, index, text }) => [probe, role, index, text])).toEqual([
      ['moons', 'target', 0, 'Callisto'],
      ['moons', 'foil', 0, 'Titan'],
      ['moons', 'foil', 1, 'Europa'],
      ['semantic-1', 'target', 0, 'Callisto'],
      ['semantic-1', 'alternative', 0, 'the moon Callisto'],
      ['composition-1', 'target', 0, 'Jupiter'],
    ]);
    expect(requests[0]).toMatchObject({
      fact: 'zorgon-government',
      kind: 'memorization',
      condition: 'paraphrase',
      join: ' ',
    });
  });

  test('carry the run’s condition', () => {
    const text =
      DESIGN_EXAMPLE + '    probes: [{ kind: semantic, prompt: Hellas is crossed by, target: two rivers }]\n';
    const { file } = parseProbeFile(text);
    const condition = (run: string) => scoreRequests(file, run, { fact: 'second' })[0]!.condition;
    expect([condition('small-s1'), condition('paper-7b'), condition('elsewhere')]).toEqual([
      'control',
      'once',
      null,
    ]);
  });

  test('are none for a probe that is excluded or has no target', () => {
    const excluded = parseProbeFile(DESIGN_EXAMPLE.replace('exclude: false', 'exclude: true')).file;
    expect(scoreRequests(excluded, 'small-s1', { probe: 'moons' })).toEqual([]);
    const empty = parseProbeFile(DESIGN_EXAMPLE.replace('target: Jupiter', 'target: []')).file;
    expect(scoreRequests(empty, 'small-s1', { probe: 'composition-1' })).toEqual([]);
  });

  test('are none of a blank target or foil, which would be one more accepted answer', () => {
    const blank = DESIGN_EXAMPLE.replace('target: Jupiter', "target: [' ', Jupiter, '', '  ', Zeus]").replace(
      'foils: [Titan, Europa]',
      "foils: [' ', Titan]",
    );
    const texts = (probe: string) =>
      scoreRequests(parseProbeFile(blank).file, 'small-s1', { probe })
        .filter(({ role }) => role !== 'foil' || probe === 'moons')
        .map(({ role, index, text }) => [role, index, text]);
    expect(texts('composition-1')).toEqual([
      ['target', 0, 'Jupiter'],
      ['alternative', 0, 'Zeus'],
    ]);
    expect(texts('moons')).toEqual([
      ['target', 0, 'Callisto'],
      ['foil', 0, 'Titan'],
    ]);
    const none = parseProbeFile(DESIGN_EXAMPLE.replace('target: Jupiter', "target: ' '")).file;
    expect(scoreRequests(none, 'small-s1', { probe: 'composition-1' })).toEqual([]);
  });

  test('are refused for a file of a newer version', () => {
    const newer = parseProbeFile(DESIGN_EXAMPLE.replace('version: 1', 'version: 2')).file;
    expect(() => scoreRequests(newer, 'small-s1')).toThrow(FailureError);
  });
});

/** Facts with one semantic probe each, its targets as given. */
