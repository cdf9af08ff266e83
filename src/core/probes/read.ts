import {
  CONDITIONS,
  PROBE_KINDS,
  type Condition,
  type Expectation,
  type Fact,
  type ForRun,
  type FromStep,
  type Located,
  type Phase,
  type Probe,
  type ProbeFile,
  type ProbeKind,
  type Run,
  type Schedule,
} from './model';
import { child, entry, items, type TreeNode } from './tree';

export const DEFAULT_JOIN = ' ';
/** t_w in steps. */
const DEFAULT_WINDOW = 50;
/** Most encounters a regular schedule may have; the schema says the same. */
const MOST_TIMES = 100_000;

/**
 * The model of a probe file, from its tree. What has the wrong type, or lacks what makes it what it is (a run's or
 * fact's id, a probe's kind or prompt), is left out; the schema is what complains of it. Never throws.
 */
export function readProbeFile(root: TreeNode | undefined): ProbeFile {
  const version = number(child(root, 'version'));
  const title = text(child(root, 'title'));
  const join = text(child(root, 'join')) ?? DEFAULT_JOIN;
  return {
    ...given({ version, title }),
    include: texts(child(root, 'include')),
    runs: items(child(root, 'runs')).flatMap(readRun),
    facts: items(child(root, 'facts')).flatMap((node) => readFact(node, join)),
  };
}

function readRun(node: TreeNode): Run[] {
  const id = located(child(node, 'id'));
  if (id === undefined || id.value === '') return [];
  const pattern = located(child(node, 'checkpoints'));
  const log = located(child(node, 'log'));
  return [
    {
      id,
      group: text(child(node, 'group')) ?? id.value,
      ...given({
        seed: number(child(node, 'seed')),
        source:
          pattern !== undefined
            ? ({ kind: 'checkpoints', pattern } as const)
            : log !== undefined
              ? ({ kind: 'log', path: log } as const)
              : undefined,
        tokenizer: located(child(node, 'tokenizer')),
        injections: readSchedule(child(node, 'injections')),
      }),
      firstUpdate: whole(child(node, 'firstUpdate')) ?? 0,
      tokensPerStep: readTokensPerStep(child(node, 'tokensPerStep')),
      phases: items(child(node, 'phases')).flatMap(readPhase),
      window: atLeastOne(child(node, 'window')) ?? DEFAULT_WINDOW,
      range: node.range,
    },
  ];
}

function readTokensPerStep(node: TreeNode | undefined): FromStep<number>[] {
  const always = positive(node);
  if (always !== undefined) return [{ from: 0, value: always }];
  return items(node).flatMap((item) => {
    const value = positive(child(item, 'value'));
    return value === undefined ? [] : [{ from: whole(child(item, 'from')) ?? 0, value }];
  });
}

function readPhase(node: TreeNode): Phase[] {
  const from = whole(child(node, 'from'));
  if (from === undefined) return [];
  const label = text(child(node, 'label'));
  const learningRate = number(child(node, 'learningRate'));
  return [{ from, ...given({ label, learningRate }) }];
}

function readSchedule(node: TreeNode | undefined): Located<Schedule> | undefined {
  const value = scheduleOf(node);
  return node === undefined || value === undefined ? undefined : { value, range: node.range };
}

function scheduleOf(node: TreeNode | undefined): Schedule | undefined {
  if (node?.kind === 'sequence') {
    const steps = node.items.map(whole).filter((step) => step !== undefined);
    return { kind: 'steps', steps };
  }
  const path = located(node);
  if (path !== undefined) return path.value === '' ? undefined : { kind: 'file', path };
  const every = atLeastOne(child(node, 'every'));
  const times = atLeastOne(child(node, 'times'));
  if (every === undefined || times === undefined || times > MOST_TIMES) return undefined;
  return { kind: 'regular', start: whole(child(node, 'start')) ?? 0, every, times };
}

/** A mapping in a fact's `injections` is a regular schedule if it says how often, otherwise schedules by run. */
function isRegular(node: TreeNode | undefined): boolean {
  return ['every', 'times'].some(
    (key) => child(node, key)?.kind === 'scalar' && text(child(node, key)) === undefined,
  );
}

function readFact(node: TreeNode, fileJoin: string): Fact[] {
  const id = located(child(node, 'id'));
  if (id === undefined || id.value === '') return [];
  const join = text(child(node, 'join')) ?? fileJoin;
  const injections = child(node, 'injections');
  const byRun = injections?.kind === 'mapping' && !isRegular(injections);
  return [
    {
      id,
      ...given({
        condition: condition(child(node, 'condition')),
        passage: located(child(node, 'passage')),
        injections: byRun ? undefined : readSchedule(injections),
      }),
      conditionByRun: forRuns(child(node, 'condition'), condition),
      paraphrases: texts(child(node, 'paraphrases')),
      injectionsByRun: byRun ? forRuns(injections, readSchedule) : {},
      tags: texts(child(node, 'tags')),
      probes: readProbes(child(node, 'probes'), join),
      range: node.range,
    },
  ];
}

function condition(node: TreeNode | undefined): Located<Condition> | undefined {
  return among(CONDITIONS, node);
}

function forRuns<T>(
  node: TreeNode | undefined,
  read: (value: TreeNode) => Located<T> | undefined,
): Record<string, ForRun<T>> {
  if (node?.kind !== 'mapping') return {};
  const entries = [...node.entries].flatMap(([run, { keyRange, value }]) => {
    const found = read(value);
    return found === undefined ? [] : [[run, { ...found, run: keyRange }] as const];
  });
  return Object.fromEntries(entries);
}

function readProbes(node: TreeNode | undefined, factJoin: string): Probe[] {
  const places = new Map<ProbeKind, number>();
  return items(node).flatMap((item) => {
    const kind = among(PROBE_KINDS, child(item, 'kind'))?.value;
    if (kind === undefined) return [];
    // Probes that cannot be read keep their place, so that the others' ids do not change while one is typed.
    const place = (places.get(kind) ?? 0) + 1;
    places.set(kind, place);
    return readProbe(item, kind, `${kind}-${place}`, factJoin);
  });
}

function readProbe(node: TreeNode, kind: ProbeKind, defaultId: string, factJoin: string): Probe[] {
  const prompt = located(child(node, 'prompt'));
  if (prompt === undefined) return [];
  const ownId = located(child(node, 'id'));
  const hasOwnId = ownId !== undefined && ownId.value !== '';
  const target = located(child(node, 'target'));
  return [
    {
      id: hasOwnId ? ownId : { value: defaultId, range: entry(node, 'kind')!.value.range },
      hasOwnId,
      kind,
      prompt,
      targets: (target === undefined ? texts(child(node, 'target')) : [target]).filter(isWritten),
      foils: texts(child(node, 'foils')).filter(isWritten),
      join: text(child(node, 'join')) ?? factJoin,
      ...given({ expect: readExpectation(child(node, 'expect')), note: text(child(node, 'note')) }),
      exclude: flag(child(node, 'exclude')),
      range: node.range,
    },
  ];
}

/** Nobody means a blank as an answer, and its probability would be added to that of the others. */
function isWritten({ value }: Located<string>): boolean {
  return value.trim() !== '';
}

function readExpectation(node: TreeNode | undefined): Expectation | undefined {
  if (node?.kind !== 'mapping') return undefined;
  const rank = atLeastOne(child(node, 'rank'));
  const probability = number(child(node, 'probability'));
  const at = whole(child(node, 'at'));
  return { ...given({ rank, probability, at }), range: node.range };
}

/** Without the keys whose value is undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function text(node: TreeNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

function located(node: TreeNode | undefined): Located<string> | undefined {
  const value = text(node);
  return node === undefined || value === undefined ? undefined : { value, range: node.range };
}

/** The texts of a list that are not empty. */
function texts(node: TreeNode | undefined): Located<string>[] {
  return items(node)
    .map(located)
    .filter((item) => item !== undefined)
    .filter(({ value }) => value !== '');
}

function among<T extends string>(words: readonly T[], node: TreeNode | undefined): Located<T> | undefined {
  const value = words.find((word) => word === text(node));
  return node === undefined || value === undefined ? undefined : { value, range: node.range };
}

function flag(node: TreeNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value === true;
}

function number(node: TreeNode | undefined): number | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'number' && Number.isFinite(node.value)
    ? node.value
    : undefined;
}

function positive(node: TreeNode | undefined): number | undefined {
  const value = number(node);
  return value !== undefined && value > 0 ? value : undefined;
}

function whole(node: TreeNode | undefined): number | undefined {
  const value = number(node);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function atLeastOne(node: TreeNode | undefined): number | undefined {
  const value = whole(node);
  return value !== undefined && value >= 1 ? value : undefined;
}
