import { FailureError, type Failure } from '../failure';
import type { ProbeKind } from './model';

/** A fact of the published data set (arXiv 2406.11813, repository kaistAI/factual-knowledge-acquisition). */
export interface DatasetFact {
  /** `train_context`. */
  readonly passage: string;
  /** None where the file has none. */
  readonly paraphrases: readonly string[];
  readonly probes: readonly DatasetProbe[];
}

export interface DatasetProbe {
  readonly kind: ProbeKind;
  readonly prompt: string;
  readonly target: string;
}

/** The data set's name of each kind: `<name>_input` holds the prompts, `<name>_target` their targets. */
const KINDS: readonly (readonly [name: string, kind: ProbeKind])[] = [
  ['mem', 'memorization'],
  ['gen', 'semantic'],
  ['hard_gen', 'composition'],
];
const PASSAGE = 'train_context';
const PARAPHRASES = 'paraphrases';

/**
 * Reads the published data set: a JSON list of objects {train_context, paraphrases?, mem_input, mem_target, gen_input,
 * gen_target, hard_gen_input, hard_gen_target}. Other keys are not read.
 * @param file named in failures
 * @throws FailureError `dataset-broken` with record and field
 */
export function parseDataset(text: string, file: string): DatasetFact[] {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw broken(
      file,
      `This data set is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      {
        remedy: 'Fetch the file again; it may be cut off.',
      },
    );
  }
  if (!Array.isArray(json) || json.length === 0)
    throw broken(file, `A data set is a list of objects with “${PASSAGE}”.`, {
      remedy: 'Name the JSON file of the data set itself.',
    });
  return json.map((record: unknown, index) => readFact(record, file, index));
}

/**
 * The facts with the paraphrases that another file of the same data set has.
 * @throws FailureError `dataset-mismatch` where the files are not about the same facts
 */
export function withParaphrases(
  facts: readonly DatasetFact[],
  others: readonly DatasetFact[],
  file: string,
): DatasetFact[] {
  if (others.length > facts.length)
    throw mismatch(file, `It has ${others.length} facts and the data set has ${facts.length}.`);
  return facts.map((fact, index) => {
    const other = others[index];
    if (other === undefined) return fact;
    if (other.passage !== fact.passage)
      throw mismatch(file, `“${PASSAGE}” is another one than in the data set.`, index);
    return { ...fact, paraphrases: other.paraphrases };
  });
}

function readFact(record: unknown, file: string, index: number): DatasetFact {
  const wrong = (field: string, what: string) =>
    broken(file, `“${field}” ${what}.`, {
      place: `record ${index}`,
      remedy: 'Mend this field, or delete the record (facts are told apart by their place in the list).',
    });
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw broken(file, 'A record of the data set is no object.', {
      place: `record ${index}`,
      remedy: `Each is an object with “${PASSAGE}” and its probes.`,
    });
  const fields = record as Record<string, unknown>;
  const read = (field: string): unknown => (Object.hasOwn(fields, field) ? fields[field] : undefined);
  const text = (value: unknown, field: string): string => {
    if (value === undefined) throw wrong(field, 'is missing');
    if (typeof value !== 'string') throw wrong(field, 'is no text');
    if (value.trim() === '') throw wrong(field, 'is empty');
    // Half of a pair cannot be written in UTF-8: another text would come back.
    if (/\p{Surrogate}/u.test(value))
      throw wrong(field, 'has half of a surrogate pair, which is no character');
    return value;
  };
  const texts = (field: string): string[] => {
    const value = read(field);
    if (value === undefined) throw wrong(field, 'is missing');
    if (!Array.isArray(value)) throw wrong(field, 'is no list');
    return value.map((each, i) => text(each, `${field}[${i}]`));
  };
  return {
    passage: text(read(PASSAGE), PASSAGE),
    paraphrases: read(PARAPHRASES) === undefined ? [] : texts(PARAPHRASES),
    probes: KINDS.flatMap(([name, kind]) => {
      const prompts = texts(`${name}_input`);
      const targets = texts(`${name}_target`);
      if (prompts.length !== targets.length)
        throw wrong(
          `${name}_target`,
          `has ${targets.length} texts and “${name}_input” has ${prompts.length}; each prompt has one target`,
        );
      return prompts.map((prompt, i) => ({ kind, prompt, target: targets[i]! }));
    }),
  };
}

function broken(file: string, message: string, more: Partial<Failure>): FailureError {
  return new FailureError({ code: 'dataset-broken', message, file, ...more });
}

function mismatch(file: string, message: string, index?: number): FailureError {
  return new FailureError({
    code: 'dataset-mismatch',
    message: `These paraphrases are of another data set. ${message}`,
    file,
    ...(index !== undefined && { place: `record ${index}` }),
    remedy: 'Name the file of paraphrases that belongs to this data set.',
  });
}
