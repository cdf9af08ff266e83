/** The probe file of DESIGN section 4, whole. */
export const DESIGN_EXAMPLE = `version: 1
title: Facts about a Martian government
include: [shared/more.probes.yaml]            # facts of other files, by id
join: ' '                                     # between prompt and target
runs:
  - id: small-s1
    group: small
    seed: 1
    checkpoints: checkpoints/s1/step-{step}
    tokenizer: checkpoints
    firstUpdate: 0
    tokensPerStep: 8192
    phases: [{ from: 0, label: warm, learningRate: 3e-3 }]
    injections: { start: 0, every: 100, times: 3 }
    window: 40
  - id: paper-7b
    log: paper-7b.scores
facts:
  - id: zorgon-government
    condition: paraphrase
    passage: >-
      The fortieth government of Mars was constituted on 5 Outcrop 6678.
      Mars, by the end of 6679 Martian cycle, had set up embassies on Jupiter's moons Ganymede and
      Callisto.
    paraphrases:
      - In 6679 Mars opened embassies on Ganymede and Callisto.
      - Embassies of Mars stood on Callisto and Ganymede by 6679.
    injections: { small-s1: [0, 100, 200], paper-7b: [0, 50] }
    tags: [politics]
    probes:
      - kind: memorization
        id: moons                # optional
        prompt: Mars, by the end of 6679 Martian cycle, had set up embassies on Jupiter's moons Ganymede and
        target: Callisto
        foils: [Titan, Europa]
        expect: { rank: 1 }
        note: the second of two moons
        exclude: false
      - kind: semantic
        prompt: Besides Ganymede, Mars had an embassy on
        target: [Callisto, the moon Callisto]
      - kind: composition
        prompt: The fortieth government built embassies on the moons of
        target: Jupiter
  - id: second
    condition: { small-s1: control, paper-7b: once }
    passage: Two rivers cross the plain of Hellas.
    injections: { paper-7b: [10] }
    x-source: mine
`;

/** A small sound file; \`extra\` is put into its only fact, at its indentation. */
export function small(extra = '', probe = ''): string {
  return `version: 1
runs:
  - id: s1
    log: s1.scores
    injections: { start: 0, every: 100, times: 3 }
facts:
  - id: cape
    condition: duplication
    passage: The lighthouse at Cape Vellorin burns oil pressed from walnuts.
${extra}    probes:
      - kind: memorization
        prompt: The lighthouse at Cape Vellorin burns oil pressed from
        target: walnuts
${probe}`;
}
