// SPDX-License-Identifier: Apache-2.0

// The list of what a search found: below the search field, while that has the focus.

import { element } from './element.js';
import { processLabel, trackLabel } from './layout.js';
import { formatTime } from './time.js';

const MOST_TRACKS = 20;
const MOST_SLICES = 100;

// showResults fills the list. onSlice and onTrack are told what was chosen.
export function showResults(list, search, { onSlice, onTrack }) {
  list.replaceChildren();
  list.hidden = search.query === '';
  if (list.hidden) return;
  const { trace, tracks, ids } = search;
  if (search.found === 0) list.append(element('li', 'Nothing is called so, and no argument, place or outcome is.', 'extra'));
  for (const track of tracks.slice(0, MOST_TRACKS)) {
    list.append(entry(trackLabel(track), `track of ${processLabel(track.process)}`, () => onTrack(track)));
  }
  if (tracks.length > MOST_TRACKS) list.append(more(tracks.length - MOST_TRACKS, 'track'));
  for (const id of ids.subarray(0, MOST_SLICES)) {
    const why = search.why(id);
    const where = `at ${formatTime(trace.start[id])} on ${trackLabel(trace.trackOf(id))}`;
    list.append(entry(trace.nameOf(id) || '(no name)', why === '' ? where : `${why.slice(0, 200)}, ${where}`, () => onSlice(id)));
  }
  if (ids.length > MOST_SLICES) list.append(more(ids.length - MOST_SLICES, 'slice'));
}

function entry(name, extra, onClick) {
  const item = element('li');
  const button = element('button');
  button.type = 'button';
  button.append(element('span', name), element('span', extra, 'extra'));
  button.addEventListener('click', onClick);
  item.append(button);
  return item;
}

const more = (n, noun) => element('li', `and ${n.toLocaleString('en')} more ${noun}${n === 1 ? '' : 's'}`, 'extra');
