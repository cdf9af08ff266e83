import { fork } from 'node:child_process';
import { FailureError } from '../../core/failure';
import { connect } from '../../protocol/rpc';
import type { CheckpointOutcome, CheckpointTask, ScorerApi, ScorerEvents } from '../../protocol/scorer';
import { createWatchdog } from './watchdog';

export interface ScorerPlace {
  /** Path of the bundled process.ts. */
  readonly scorerPath: string;
  /** Node to run it with; the one that runs this code when not given. */
  readonly execPath?: string | undefined;
}

export interface Watch {
  readonly onProgress: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without progress after which the process is taken to hang and killed. */
  readonly stallMs: number;
}

/** One scorer process, seen from its parent. It scores one checkpoint at a time. */
export interface ScorerProcess {
  /** False once it has ended, for whatever reason, or has been killed here. */
  readonly alive: boolean;
  /** It was ended by a SIGKILL that was not sent here: that is how systems and clusters end what takes too much memory. */
  readonly killedByOthers: boolean;
  /**
   * @throws FailureError as scoring does; `scorer-lost` where the process ended or was killed for hanging;
   * `scorer-start` where it never came to life: it ended by itself, or said nothing within the time limit
   */
  score(task: CheckpointTask, watch: Watch): Promise<CheckpointOutcome>;
  kill(): void;
}

/** Milliseconds that a cancelled checkpoint has for its current batch before its process is killed. */
const CANCEL_GRACE_MS = 15_000;
const KEPT_STDERR = 2000;
const SLOW_REMEDY =
  'If the model is slow and not stuck, raise the time limit (setting knowledgeProbes.scoring.timeLimit, or --time-limit) and score again.';

/** Starts a scorer process. That it could not be started is told by the first `score`. */
export function startScorer({ scorerPath, execPath }: ScorerPlace): ScorerProcess {
  const child = fork(scorerPath, {
    execPath: execPath ?? process.execPath,
    // Neither this process's inspector port nor its loaders are for the scorer.
    execArgv: [],
    env: environment(),
    serialization: 'advanced',
    // Nothing is written into its standard input: that it closes tells the scorer's guard that nobody is here any more.
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  });
  child.stdin!.on('error', () => undefined);
  let onProgress: Watch['onProgress'] | undefined;
  let onAlive: (() => void) | undefined;
  let stderr = '';
  let killed: { readonly how: string; readonly hung: boolean } | undefined;
  let alive = true;
  let ready = false;
  let killedByOthers = false;

  const remote = connect<ScorerApi, ScorerEvents>(
    {
      post: (message) => {
        if (child.connected) child.send(message as object, () => undefined);
      },
      listen: (receive) => child.on('message', receive),
    },
    {
      ready: () => {
        ready = true;
      },
      alive: () => onAlive?.(),
      progress: (_task, done, total) => onProgress?.(done, total),
    },
  );

  /** @param byForce somebody ended it: then it says nothing of whether it can be started */
  const lose = (how: string, byForce: boolean): void => {
    if (!alive) return;
    alive = false;
    const reasons = [killed?.how ?? how, stderr.trim()].filter((part) => part !== '').join('; ');
    const hung = killed?.hung === true;
    if (ready || (byForce && !hung)) remote.$close(lost(reasons, hung ? SLOW_REMEDY : undefined));
    else remote.$close(unstarted(reasons, execPath ?? process.execPath));
  };
  const kill = (how: string, hung = false): void => {
    killed ??= { how, hung };
    child.kill('SIGKILL');
  };
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  child.on('error', (error) => {
    lose(error.message, false);
  });
  // `close`, not `exit`: then all that it said on stderr has arrived.
  child.on('close', (code, signal) => {
    killedByOthers = signal === 'SIGKILL' && killed === undefined;
    if (signal === null) lose(`it ended with code ${code}`, false);
    else lose(`it was ended by ${signal}`, true);
  });

  return {
    get alive() {
      return alive && killed === undefined;
    },
    get killedByOthers() {
      return killedByOthers;
    },
    async score(task, watch) {
      if (!alive || killed !== undefined) throw lost('it has ended');
      const watcher = createWatchdog(watch.stallMs, () => {
        kill(`it was ended after ${watch.stallMs / 1000} s without ${ready ? 'progress' : 'a word'}`, true);
      });
      onAlive = () => {
        watcher.progress();
      };
      onProgress = (done, total) => {
        watcher.progress();
        watch.onProgress(done, total);
      };
      const cancel = (): void => {
        // It has done nothing yet that could be kept.
        if (!ready) kill('it was ended');
        void remote.cancel.asEvent(task.id);
        watcher.expectEnd(CANCEL_GRACE_MS);
      };
      watch.signal?.addEventListener('abort', cancel);
      try {
        return await remote.scoreCheckpoint(task);
      } finally {
        watch.signal?.removeEventListener('abort', cancel);
        watcher.stop();
        onProgress = undefined;
        onAlive = undefined;
      }
    },
    kill: () => {
      kill('it was ended');
    },
  };
}

function lost(how: string, remedy?: string): FailureError {
  return new FailureError({
    code: 'scorer-lost',
    message: `The scorer process was lost: ${how}.`,
    ...(remedy !== undefined && { remedy }),
  });
}

function unstarted(how: string, execPath: string): FailureError {
  return new FailureError({
    code: 'scorer-start',
    message: `The scorer process cannot be started: ${how}.`,
    file: execPath,
    remedy:
      'Scoring needs Node 20 or newer here; name one by its path in the setting knowledgeProbes.scoring.nodePath.',
  });
}

function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...others } = process.env;
  // NVIDIA's libraries would round factors to ten bits where ONNX Runtime lets them, which is unless it is told this way.
  const rest = { ...others, NVIDIA_TF32_OVERRIDE: '0' };
  // Electron's executable is an editor unless it is told to be Node.
  return 'electron' in process.versions ? { ...rest, ELECTRON_RUN_AS_NODE: '1' } : rest;
}
