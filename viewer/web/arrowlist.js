// SPDX-License-Identifier: Apache-2.0

// The arrows of a slice as links to the slices at their other ends.

import { element } from './element.js';
import { trackLabel } from './layout.js';
import { arrowKind } from './links.js';
import { formatDuration } from './time.js';
import { WAIT } from './vocabulary.js';

const MOST = 100;

// arrowList lists the arrows on one side of a slice, kind being incoming or outgoing. ends has the
// slice at the other end of each arrow.
export function arrowList(trace, title, kind, arrows, ends, { link, onSelect }) {
  const box = element('div');
  box.append(element('h3', arrows.length > 1 ? `${title} (${arrows.length})` : title, kind));
  if (arrows.length === 0) {
    box.append(element('p', 'no arrow'));
    return box;
  }
  const list = element('ul', undefined, kind);
  for (const arrow of arrows.slice(0, MOST)) list.append(arrowItem(trace, arrow, ends[arrow], { link, onSelect }));
  box.append(list);
  if (arrows.length > MOST) box.append(element('p', `and ${arrows.length - MOST} more`));
  return box;
}

function arrowItem(trace, arrow, other, { link, onSelect }) {
  const item = element('li');
  const a = element('a', trace.nameOf(other) || '(no name)');
  a.href = link(other);
  a.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
    event.preventDefault();
    onSelect(other);
  });
  const wait = trace.arrows.toTime[arrow] - trace.arrows.fromTime[arrow];
  const cancels = arrowKind(trace, arrow) === 'cancel' ? ', cancelled' : '';
  const ends = other === trace.arrows.to[arrow] && trace.is(other, WAIT) ? ', which ends' : '';
  item.append(a, element('span', ` ${where(trace, other)}, after ${formatDuration(wait)}${cancels}${ends}`, 'extra'));
  return item;
}

// where tells a marker by the slice around it: many are called alike.
function where(trace, id) {
  const track = trackLabel(trace.trackOf(id));
  const parent = trace.parent[id];
  if (parent < 0 || trace.end[id] !== trace.start[id]) return `on ${track}`;
  return `in ${trace.nameOf(parent)} on ${track}`;
}
