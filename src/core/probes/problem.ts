import type { SourceRange } from './model';

export type Severity = 'error' | 'warning' | 'information';

/** Replace the range by the text. Several make one quick fix, applied together. */
export interface TextEdit {
  readonly range: SourceRange;
  readonly text: string;
}

export interface QuickFix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** The fix that is right in nearly every case. */
  readonly preferred?: boolean;
}

/** Something wrong in a probe file. Structure: YAML syntax and the schema. Meaning: the table of rules. */
export interface Problem {
  readonly class: 'structure' | 'meaning';
  /** Stable, for settings, suppression and documentation: `duplicate-id`. */
  readonly code: string;
  readonly severity: Severity;
  /** Says what is wrong and what to do. */
  readonly message: string;
  readonly range: SourceRange;
  readonly fixes?: readonly QuickFix[];
}
