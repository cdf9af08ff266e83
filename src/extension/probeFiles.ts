import * as vscode from 'vscode';

/** The language of probe files. */
export const LANGUAGE = 'knowledge-probes';

const PATTERN = '**/*.probes.{yaml,yml}';

/** Probe files, also where a user has mapped them to `yaml`. */
export const PROBE_FILES: vscode.DocumentSelector = [
  { language: LANGUAGE },
  { language: 'yaml', pattern: PATTERN },
];

/** Whether the document is a probe file. */
export function isProbeFile(document: vscode.TextDocument): boolean {
  return vscode.languages.match(PROBE_FILES, document) > 0;
}

/** The probe file in front of the user, if there is one. */
export function activeProbeFile(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document !== undefined && isProbeFile(document) ? document : undefined;
}
