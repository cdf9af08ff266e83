import { h } from '../dom';
import type { Table } from '../numbers/tables';

/** A table of numbers, with a caption and headers that screen readers use. */
export function tableView({ caption, head, rows }: Table): HTMLElement {
  return h(
    'div',
    {},
    // Not a caption element: that one would be as wide as the table and scroll away with it.
    h('h3', {}, caption),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': `${caption}, scrollable` },
      h(
        'table',
        { 'aria-label': caption },
        h('thead', {}, h('tr', {}, ...head.map((title) => h('th', { scope: 'col' }, title)))),
        h(
          'tbody',
          {},
          ...rows.map(([name = '', ...cells]) =>
            h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map(cellView)),
          ),
        ),
      ),
    ),
  );
}

/**
 * A cell that takes no more width than it must: an interval stands on a line of its own below its figure, words are
 * broken into lines.
 */
function cellView(cell: string): HTMLElement {
  const [, figure = '', interval, mark = ''] = /^(\S+) (\[.+\])(\S*)$/.exec(cell) ?? [];
  if (interval !== undefined)
    return h('td', {}, figure + mark, h('br'), h('span', { class: 'interval' }, interval));
  return /^[a-z]/.test(cell) ? h('td', { class: 'words' }, cell) : h('td', {}, cell);
}

/** Tables behind a heading that opens them. They are built when they are first seen: a long run has thousands of rows. */
export function foldedTables(
  key: string,
  title: string,
  opened: Set<string>,
  tables: () => readonly Table[],
): HTMLElement {
  const body = h('div');
  const fill = () => {
    if (body.childElementCount === 0) body.append(...tables().map(tableView));
  };
  const details = h(
    'details',
    {
      open: opened.has(key),
      toggle: () => {
        if (details.open) {
          opened.add(key);
          fill();
        } else opened.delete(key);
      },
    },
    h('summary', { 'data-key': `fold ${key}` }, title),
    body,
  );
  if (opened.has(key)) fill();
  return details;
}
