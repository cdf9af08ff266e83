import type { ProbeKind } from '../core/probes/model';
import type { Severity } from '../core/probes/problem';

/** Zero-based, in UTF-16 code units, as VS Code counts. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Span {
  readonly start: Position;
  readonly end: Position;
}

export interface SpanEdit {
  readonly span: Span;
  readonly text: string;
}

export interface DocumentFix {
  readonly title: string;
  readonly edits: readonly SpanEdit[];
  readonly preferred: boolean;
}

export interface DocumentProblem {
  readonly class: 'structure' | 'meaning';
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  readonly fixes: readonly DocumentFix[];
}

/**
 * Where a run, fact or probe stands in the text: for lenses, end-of-line results and the outline
 * (`id` and `detail` are an outline entry's two texts).
 */
export interface Anchor {
  readonly id: string;
  readonly detail: string;
  readonly span: Span;
  /** The id itself, what a click selects. */
  readonly selection: Span;
}

export interface RunAnchor extends Anchor {
  readonly kind: 'checkpoints' | 'log' | 'unknown';
}

export interface FactAnchor extends Anchor {
  readonly probes: readonly ProbeAnchor[];
}

export interface ProbeAnchor extends Anchor {
  readonly kind: ProbeKind;
  readonly exclude: boolean;
  /** Where the target (the first one) is written: results stand at the end of its line. */
  readonly target: Span | undefined;
  /** Rank or probability it is expected to have, where it says so. */
  readonly expect:
    { readonly rank?: number; readonly probability?: number; readonly at?: number } | undefined;
}

/** What is known of a text except its facts, which are fetched page by page. */
export interface DocumentDigest {
  readonly uri: string;
  readonly version: number;
  /** At most {@link MOST_PROBLEMS}, errors first. */
  readonly problems: readonly DocumentProblem[];
  /** The file's head (its first key), where the file's lenses stand. */
  readonly head: Span;
  readonly runs: readonly RunAnchor[];
  /** Number of pages of facts. */
  readonly pages: number;
}

/** All the editor needs to know of a probe file's text, at one version of it. */
export interface DocumentSnapshot extends Omit<DocumentDigest, 'pages'> {
  readonly facts: readonly FactAnchor[];
}

/** VS Code shows no more than this for one file. */
export const MOST_PROBLEMS = 1000;

/** What the language worker offers. It owns parsing and rules; the host never parses. Call it through {@link snapshot}. */
export interface LanguageApi {
  /**
   * Parses and checks a text. When a newer version of the document arrives meanwhile, the answer is the newer one's.
   * @param path absolute path of the file on disk, for includes and checkpoint patterns; undefined when it has none
   */
  analyze(uri: string, version: number, text: string, path: string | undefined): Promise<DocumentDigest>;
  /** One page of the facts of the version analysed last; undefined when it is not `version` any more. */
  facts(uri: string, version: number, page: number): Promise<readonly FactAnchor[] | undefined>;
  /**
   * What can be marked at a place of the version analysed last: a memorization probe from a selection in a passage,
   * kind, condition, tags, exclude. Empty when `version` is not the one analysed last.
   */
  annotations(uri: string, version: number, selection: Span): Promise<readonly DocumentFix[]>;
  /** Forgets the document. */
  close(uri: string): void;
}

/**
 * The whole snapshot of a text; undefined when a newer version came in between (then that one's is on its way).
 * Facts travel in pages because the receiving thread unpacks a message at one stretch: 10,000 probes in one
 * message would hold the extension host for 50 ms.
 */
export async function snapshot(
  language: Pick<LanguageApi, 'analyze' | 'facts'>,
  ...document: Parameters<LanguageApi['analyze']>
): Promise<DocumentSnapshot | undefined> {
  const { pages, ...digest } = await language.analyze(...document);
  const facts: FactAnchor[] = [];
  for (let page = 0; page < pages; page++) {
    const more = await language.facts(digest.uri, digest.version, page);
    if (more === undefined) return undefined;
    for (const fact of more) facts.push(fact);
  }
  return { ...digest, facts };
}
