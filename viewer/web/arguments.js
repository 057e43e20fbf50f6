// SPDX-License-Identifier: Apache-2.0

// The arguments of a slice, but for those that other parts of the details show.

import { definitions, element } from './element.js';
import { argsOf } from './links.js';
import { LONGEST_VALUE, text } from './text.js';
import { LANE, PLACE, REASONS, WHAT, isOwn, placeOf } from './vocabulary.js';

const MOST = 200;

// argumentList lists them. places are those whose lines are shown.
export function argumentList(trace, id, places) {
  const args = remaining(argsOf(trace, id), places, isOwn(trace.cats[trace.cat[id]]));
  const box = element('div');
  box.append(element('h3', 'Arguments'));
  if (typeof args !== 'object' || args === null || Object.keys(args).length === 0) {
    box.append(element('p', args === undefined || args === null || typeof args === 'object' ? 'none' : shown(args)));
    return box;
  }
  const entries = Object.entries(args);
  box.append(definitions(entries.slice(0, MOST).map(([name, value]) => [shown(name), shown(value), 'arg'])));
  if (entries.length > MOST) box.append(element('p', `and ${entries.length - MOST} more`));
  return box;
}

function remaining(args, places, own) {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  const elsewhere = new Set(Object.keys(REASONS).filter((key) => typeof args[key] === 'string'));
  if (own) [WHAT, LANE].forEach((key) => elsewhere.add(key));
  const at = placeOf(args);
  if (at && places.some(({ file, line }) => file === at.file && line === at.line)) PLACE.forEach((key) => elsewhere.add(key));
  return Object.fromEntries(Object.entries(args).filter(([key]) => !elsewhere.has(key)));
}

function shown(value) {
  return value === null ? 'null' : text(value, LONGEST_VALUE);
}
