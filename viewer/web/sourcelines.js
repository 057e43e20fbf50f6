// SPDX-License-Identifier: Apache-2.0

// The source lines of a slice, from the files as they were when it was recorded. Like all of the
// details they go in as text, never as markup.

import { element } from './element.js';
import { argsOf, arrowsOf } from './links.js';
import { text } from './text.js';
import { placeOf } from './vocabulary.js';

const AROUND = 4; // lines before and after
const LONGEST_LINE = 400;

// placesOf returns the places of a slice that are in the trace's sources: where it was scheduled,
// and its own.
export function placesOf(trace, id) {
  const own = place(trace, id);
  const [arrow] = arrowsOf(trace, id).incoming;
  const cause = arrow === undefined ? null : place(trace, trace.arrows.from[arrow]);
  if (own === null) return cause === null ? [] : [{ title: 'Scheduled at', ...cause }];
  if (cause === null) return [{ title: 'At', ...own }];
  if (cause.file === own.file && cause.line === own.line) return [{ title: 'Scheduled at', ...cause }];
  return [{ title: 'Runs at', ...own }, { title: 'Scheduled at', ...cause }];
}

function place(trace, id) {
  const at = placeOf(argsOf(trace, id));
  const lines = at && trace.sources.get(at.file);
  if (lines === undefined || at.line < 1 || at.line > lines.length) return null;
  return { ...at, lines };
}

// placeBox shows a place with some lines around it.
export function placeBox({ title, file, line, name, lines }) {
  const box = element('section', undefined, 'place');
  const head = element('h3');
  head.append(element('span', title), element('span', text(`${file.slice(file.lastIndexOf('/') + 1)}:${line}`, LONGEST_LINE), 'at'));
  head.title = file;
  if (name !== '') head.append(element('span', text(name, LONGEST_LINE), 'function'));
  const code = element('pre');
  code.tabIndex = 0; // long lines are scrolled with the keys, too
  const last = Math.min(lines.length, line + AROUND);
  for (let n = Math.max(1, line - AROUND); n <= last; n++) {
    const row = element('span', undefined, n === line ? 'row here' : 'row');
    row.append(element('span', String(n).padStart(String(last).length), 'number'), element('code', text(lines[n - 1], LONGEST_LINE)));
    code.append(row);
  }
  box.append(head, code);
  return box;
}
