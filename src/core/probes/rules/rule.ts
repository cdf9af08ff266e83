import type { Failure } from '../../failure';
import { fold } from '../fold';
import type { Fact, Located, Probe, ProbeFile, SourceRange } from '../model';
import type { QuickFix, Severity } from '../problem';
import type { ScheduleFiles } from '../schedule';
import type { TreeNode } from '../tree';

/** One entry of the table of meaning (DESIGN section 4). */
export interface Rule {
  /** Stable: settings, suppressions and documentation name it. */
  readonly code: string;
  readonly severity: Severity;
  /** What the rule asks for, in a few words. */
  readonly title: string;
  readonly check: (context: RuleContext) => Iterable<Finding>;
}

export interface Finding {
  readonly range: SourceRange;
  /** What is wrong and what to do. */
  readonly message: string;
  readonly fixes?: readonly QuickFix[];
  /** The part of the text the finding rests on: an error of structure in it silences the finding. The range itself if missing. */
  readonly about?: SourceRange;
}

export interface RuleContext {
  readonly text: string;
  readonly file: ProbeFile;
  readonly root: TreeNode | undefined;
  readonly environment: Environment;
}

/** What the disk and the tokenizers know; what is missing is not checked. */
export interface Environment {
  /** Run by run, how many checkpoints can be scored, and what is the matter with others. */
  readonly checkpoints?: ReadonlyMap<string, CheckpointsFound>;
  /** Run by run, of those that name a log. */
  readonly logs?: ReadonlyMap<string, LogFound>;
  readonly schedules?: ScheduleFiles;
  readonly brokenSchedules?: readonly { readonly path: Located<string>; readonly failure: Failure }[];
  readonly tokenizers?: readonly RunTokenizer[];
}

export interface CheckpointsFound {
  readonly count: number;
  readonly problems: readonly Failure[];
}

/** The probes that a log has, or why it cannot be read. */
export type LogFound =
  | { readonly probes: readonly { readonly fact: string; readonly probe: string }[] }
  | { readonly failure: Failure };

export interface RunTokenizer {
  /** Ids of the runs that use it. */
  readonly runs: readonly string[];
  /** Tokens that their models can look at; undefined where nobody knows. */
  readonly context?: number | undefined;
  /** Splits prompt + continuation as scoring would. */
  readonly split: (prompt: string, continuation: string) => Split;
}

export interface Split {
  /** The token that covers characters of both prompt and continuation, if there is one. */
  readonly borderToken?: string;
  /** Tokens at the beginning of the prompt that scoring leaves out, since they do not fit into the context. */
  readonly cut?: number;
  /** Why the probe cannot be scored. */
  readonly failure?: Failure;
}

/** Every probe with its fact, the excluded ones left out. */
export function* probesOf(file: ProbeFile): Iterable<{ fact: Fact; probe: Probe }> {
  for (const fact of file.facts) for (const probe of fact.probes) if (!probe.exclude) yield { fact, probe };
}

/** The beginning of a text, for messages. */
export function excerpt(text: string, length = 40): string {
  const folded = fold(text);
  return folded.length <= length ? folded : `${folded.slice(0, length).trimEnd()}…`;
}

export function replace(title: string, range: SourceRange, text: string, preferred = true): QuickFix {
  return { title, edits: [{ range, text }], preferred };
}
