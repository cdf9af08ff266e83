import type { Failure } from '../../core/failure';
import { h } from '../dom';

/** What stands in the place of charts: a sentence or two, and perhaps a button. */
export function notice(
  kind: 'loading' | 'empty' | 'error',
  sentences: readonly string[],
  button?: { readonly text: string; readonly press: () => void },
): HTMLElement {
  return h(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'status' },
    ...sentences.map((sentence) => h('p', {}, sentence)),
    button && h('button', { 'data-key': 'notice', class: 'primary', click: button.press }, button.text),
  );
}

/** A failure with where it happened and what to do. */
export function failureNotice(failure: Failure, retry: () => void): HTMLElement {
  const where = [failure.file, failure.place].filter((part) => part !== undefined).join(', ');
  return notice(
    'error',
    [failure.message, where, failure.remedy ?? ''].filter((part) => part !== ''),
    {
      text: 'Try again',
      press: retry,
    },
  );
}
