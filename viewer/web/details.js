// SPDX-License-Identifier: Apache-2.0

// The details of a slice. Every text goes in as text, never as markup: names and arguments come
// from the traced program and may say anything.

import { argumentList } from './arguments.js';
import { arrowList } from './arrowlist.js';
import { element } from './element.js';
import { facts } from './facts.js';
import { placeBox, placesOf } from './sourcelines.js';
import { WAIT } from './vocabulary.js';

// sliceDetails returns what the panel shows. arrows are those of the slice; links tells the address
// of a slice, and is told which one was clicked.
export function sliceDetails({ trace, colors, palette, arrows, links }, id) {
  const places = placesOf(trace, id);
  const parts = [facts({ trace, colors, palette }, id), argumentList(trace, id, places)];
  const both = element('div');
  both.append(
    arrowList(trace, trace.is(id, WAIT) ? 'Ended by' : 'Comes from', 'incoming', arrows.incoming, trace.arrows.from, links),
    arrowList(trace, 'Leads to', 'outgoing', arrows.outgoing, trace.arrows.to, links),
  );
  parts.push(both);
  if (places.length > 0) {
    const box = element('div', undefined, 'places');
    box.append(...places.map(placeBox));
    parts.push(box);
  }
  return parts;
}
