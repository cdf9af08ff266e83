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

export interface OutlineNode {
  readonly type: 'run' | 'fact' | 'probe';
  readonly name: string;
  readonly detail: string;
  readonly span: Span;
  /** The id itself, what a click selects. */
  readonly selection: Span;
  readonly children: readonly OutlineNode[];
}

/** Where a run, fact or probe stands in the text, for lenses and end-of-line results. */
export interface RunAnchor {
  readonly id: string;
  readonly span: Span;
  readonly kind: 'checkpoints' | 'log' | 'unknown';
}

export interface FactAnchor {
  readonly id: string;
  readonly span: Span;
  readonly probes: readonly ProbeAnchor[];
}

export interface ProbeAnchor {
  readonly id: string;
  readonly span: Span;
  /** Where the target (the first one) is written: results stand at the end of its line. */
  readonly target: Span | undefined;
}

/** All the editor needs to know of a probe file's text, at one version of it. */
export interface DocumentSnapshot {
  readonly uri: string;
  readonly version: number;
  readonly problems: readonly DocumentProblem[];
  readonly outline: readonly OutlineNode[];
  /** The file's head (its first key), where the file's lenses stand. */
  readonly head: Span;
  readonly runs: readonly RunAnchor[];
  readonly facts: readonly FactAnchor[];
}

/** What the language worker offers. It owns parsing and rules; the host never parses. */
export interface LanguageApi {
  /**
   * Parses and checks a text.
   * @param path absolute path of the file on disk, for includes and checkpoint patterns; undefined when it has none
   */
  analyze(uri: string, version: number, text: string, path: string | undefined): Promise<DocumentSnapshot>;
  /** Forgets the document. */
  close(uri: string): void;
}
