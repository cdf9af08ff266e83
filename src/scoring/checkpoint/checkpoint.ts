import { env } from 'onnxruntime-node';
import { FailureError, toFailure, describeFailure, type Failure } from '../../core/failure';
import { groupBy } from '../../core/groupBy';
import { contentKeys } from '../../core/results/key';
import { assertWay } from '../../disk/results/obstacle';
import type { CheckpointOutcome, CheckpointTask, Remark } from '../../protocol/scorer';
import { cacheSizes, contextLength } from '../context';
import { withoutScored, type KeyedRequest } from './existing';
import { identify, type Identity } from './identity';
import { startProvider } from '../session/provider';
import { numbersOf, rowOf } from './rows';
import { measure, withNames, type ModelText } from '../session/score';
import { openSession, type ModelSession } from '../session/session';
import { fitText, type FittedText } from '../tokenizer/text';
import { tokenText } from '../tokenizer/load';
import { createWriter, type RowWriter } from './writer';

export interface ScoringOptions {
  /** Requests done (found on disk, refused or scored), of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A sign of life where nothing is done yet: more of the model has been hashed. */
  readonly onAlive?: () => void;
  /** Stops hashing at once and scoring between batches; what is done is written. */
  readonly signal?: AbortSignal;
  /** Most tokens in a batch; the session's own limit when not given. */
  readonly budget?: number;
}

/** Texts put into batches at a time: enough that lengths pair well, and few beside a large file's. */
const AT_ONCE = 1 << 14;

/** Texts without an answer, and none with one, after which a model is given up. */
const HOPELESS = 256;

/** Requests that share a text, and so a key: run through the model once. */
interface Text extends ModelText {
  readonly key: string;
  readonly requests: readonly KeyedRequest[];
}

/**
 * Scores a checkpoint: what is on disk is left alone, what was scored under another name is copied, the rest is run
 * through the model and written to the results folder. DESIGN section 5.
 * @throws FailureError for execution provider, model, tokenizer or results folder; what was scored until then is on disk
 */
export async function scoreCheckpoint(
  task: CheckpointTask,
  options: ScoringOptions = {},
): Promise<CheckpointOutcome> {
  const model = modelOf(task);
  try {
    return await scoreWith(model, task, options);
  } finally {
    await model.release();
  }
}

/** A task's model, loaded when it is first asked for. */
interface LazyModel {
  load(): Promise<ModelSession>;
  release(): Promise<void>;
}

function modelOf({ model, tokenizer, threads, provider }: CheckpointTask): LazyModel {
  let opening: Promise<ModelSession> | undefined;
  const open = async (): Promise<ModelSession> =>
    openSession(model, {
      threads,
      provider,
      cache: await cacheSizes(model, tokenizer),
      context: await contextLength(model, tokenizer),
    });
  return {
    load: async () => (opening ??= open()),
    release: async () => {
      const session = await opening?.catch(() => undefined);
      await session?.release();
    },
  };
}

/** What has come of a checkpoint that was cancelled before it was known what it is. */
const LEFT_OFF: CheckpointOutcome = {
  scored: 0,
  reused: 0,
  cancelled: true,
  refused: [],
  failures: [],
  remarks: [],
};

/** Undefined where it was cancelled meanwhile: models take minutes to hash. */
async function identifyWith(
  model: LazyModel,
  task: CheckpointTask,
  { signal, onAlive }: ScoringOptions,
): Promise<Identity | undefined> {
  try {
    return await identify(task, {
      signal,
      onRead: onAlive,
      onLong: () => {
        // What has not been seen before will be needed. What is wrong with it is told when it is waited for.
        model.load().catch(() => undefined);
      },
    });
  } catch (error) {
    if (signal?.aborted === true && !(error instanceof FailureError)) return undefined;
    throw error;
  }
}

async function scoreWith(
  model: LazyModel,
  task: CheckpointTask,
  options: ScoringOptions,
): Promise<CheckpointOutcome> {
  const { threads, provider = 'cpu' } = task;
  await assertWay(task.results, task.run, task.step);
  await startProvider(provider);
  const identity = await identifyWith(model, task, options);
  if (identity === undefined) return LEFT_OFF;
  const keyOf = contentKeys(identity.scorer);
  const keyed = task.requests.map((request) => ({
    request,
    key: keyOf({ prompt: request.prompt, continuation: request.join + request.text }),
  }));
  const runtime = { onnxruntime: env.versions.node ?? '', provider, threads: `${threads}` };
  let session: ModelSession | undefined;
  const metadata = () => ({
    scorer: identity.scorer,
    settings: session === undefined ? runtime : { ...runtime, ...waysOf(session) },
  });
  const writer = createWriter(task, metadata, identity.assertUnchanged);
  const { reused, copied, missing, problems } = await withoutScored(task, keyed, writer);
  const prepared = prepare(identity, missing);

  const total = keyed.length;
  const unanswered: Unanswered[] = [];
  let done = total - prepared.texts.reduce((sum, text) => sum + text.requests.length, 0);
  const progress = (more: number): void => {
    done += more;
    options.onProgress?.(done, total);
  };
  progress(0);
  try {
    if (prepared.texts.length > 0 && options.signal?.aborted !== true) {
      session = await model.load();
      await scoreTexts(session, task, identity, prepared.texts, writer, progress, unanswered, options);
    }
  } catch (error) {
    // The first error is the one to tell; a second one while saving would hide it.
    await writer.flush().catch(() => undefined);
    throw error;
  }
  await writer.flush();
  return {
    scored: writer.written - copied,
    reused: reused + copied,
    cancelled: done < total,
    refused: prepared.refused,
    failures: failuresOf(unanswered),
    remarks: [
      ...problems.map((problem) => ({ what: describeFailure(problem) })),
      ...prepared.remarks,
      ...remarksOn(session).map((what) => ({ what })),
    ],
  };
}

async function scoreTexts(
  session: ModelSession,
  task: CheckpointTask,
  { tokenizer }: Identity,
  texts: readonly Text[],
  writer: RowWriter,
  progress: (more: number) => void,
  unanswered: Unanswered[],
  { signal, budget }: ScoringOptions,
): Promise<void> {
  let answered = false;
  for (let first = 0; first < texts.length && signal?.aborted !== true; first += AT_ONCE) {
    const some = texts.slice(first, first + AT_ONCE);
    await measure(session, some, {
      signal,
      budget,
      leastSaved: task.leastSaved,
      full: task.full,
      sharing: task.sharing,
      onUnanswered: (index, error) => {
        const { name, requests } = some[index]!;
        unanswered.push({ name, error });
        if (!answered && unanswered.length === HOPELESS) throw new FailureError(failuresOf(unanswered)[0]!);
        progress(requests.length);
      },
      onBatch: async (measured) => {
        answered = true;
        const rows = [...measured].flatMap(([index, result]) => {
          const numbers = numbersOf(result, (id) => tokenText(tokenizer, id));
          return some[index]!.requests.map(({ request, key }) => rowOf(task, request, key, numbers));
        });
        await writer.add(rows);
        progress(rows.length);
      },
    });
  }
}

/** A text that a model has no answer to, and why. */
interface Unanswered {
  readonly name: string;
  readonly error: FailureError;
}

/** One for all texts that fail in the same words. */
function failuresOf(unanswered: readonly Unanswered[]): Failure[] {
  const alike = groupBy(unanswered, ({ error }) => error.failure.message);
  return [...alike.values()].map((some) => {
    const names = some.map(({ name }) => name);
    return withNames(some[0].error, names).failure;
  });
}

/** How it is computed: in a part's metadata. */
function waysOf({ path, weaving }: ModelSession): Record<string, string> {
  return { path, prompts: (weaving?.verified ?? 0) > 0 ? 'shared' : 'repeated' };
}

/** That more is computed than is asked for, and why; or something else. */
function remarksOn(session: ModelSession | undefined): string[] {
  const { why, whyApart, whyRepeated, leaks = false } = session ?? {};
  return [
    ...(why === undefined
      ? []
      : [`The model is run as it is, with the logits of all positions, since ${why}.`]),
    ...(whyApart === undefined ? [] : [`Texts are run one at a time, since ${whyApart}.`]),
    ...(whyRepeated === undefined
      ? []
      : [`Prompts are run anew for each continuation instead of once, since ${whyRepeated}.`]),
    ...(leaks
      ? [
          'The graph quantizes what it computes by the range of a whole text: what follows a token can change its log probability.',
        ]
      : []),
  ];
}

interface Prepared {
  readonly texts: readonly Text[];
  /** Texts that cannot be scored, a failure each that names the probe. */
  readonly refused: readonly Failure[];
  readonly remarks: readonly Remark[];
}

function prepare({ tokenizer, context }: Identity, missing: readonly KeyedRequest[]): Prepared {
  const texts: Text[] = [];
  const refused: Failure[] = [];
  const atBorder: string[] = [];
  const cut: string[] = [];
  for (const [key, requests] of groupBy(missing, (one) => one.key)) {
    const { request } = requests[0];
    const { fact, probe, prompt, join, text } = request;
    const name = `${fact}/${probe}`;
    let fitted: FittedText;
    try {
      fitted = fitText(tokenizer, context, prompt, join + text);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      refused.push({ ...toFailure(error), place: `probe ${name}` });
      continue;
    }
    if (fitted.borderToken !== undefined) atBorder.push(`${name} (\`${fitted.borderToken}\`)`);
    if (fitted.cut > 0) cut.push(`${name} (${fitted.cut} tokens)`);
    texts.push({ ids: fitted.ids, firstTarget: fitted.firstTarget, name, key, requests });
  }
  const remarks = [
    {
      what: 'A token spans the border between prompt and target and was scored as a whole',
      probes: atBorder,
    },
    { what: `The prompt was cut from the left to the model's context of ${context} tokens`, probes: cut },
  ];
  return { texts, refused, remarks: remarks.filter(({ probes }) => probes.length > 0) };
}
