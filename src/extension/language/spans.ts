import * as vscode from 'vscode';
import type { Span } from '../../protocol/language';

/** A span as VS Code's range. */
export function toRange(span: Span): vscode.Range {
  return new vscode.Range(span.start.line, span.start.character, span.end.line, span.end.character);
}
