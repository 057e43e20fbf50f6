// SPDX-License-Identifier: Apache-2.0

// The legend: which category has which colour. It is shown while nothing is selected.

import { element } from './element.js';

const MOST = 24; // categories

// legend returns what the panel shows.
export function legend(trace, colors, palette) {
  const left = element('div', undefined, 'hint');
  left.append(
    element('h2', 'Nothing is selected'),
    element('p', 'Click a slice to see where it was scheduled and what it scheduled. Zoom with the wheel, drag to pan, press ? for the keys.'),
  );
  const right = element('div', undefined, 'wide');
  const list = element('ul', undefined, 'legend');
  const { listed, more } = categoriesOf(trace, colors);
  for (const { name, color } of listed) {
    const item = element('li');
    item.append(chip(palette, color), element('span', name));
    list.append(item);
  }
  if (more > 0) list.append(element('li', `and ${more.toLocaleString('en')} more`));
  if (listed.length > 0) right.append(element('h3', 'Categories'), list);
  return [left, right];
}

// categoriesOf lists the categories, with the colour of the first slice of each, and counts those
// that there is no room for.
export function categoriesOf(trace, colors) {
  const first = new Map();
  for (let id = 0; id < trace.length && first.size < trace.cats.length; id++) {
    if (!first.has(trace.cat[id])) first.set(trace.cat[id], colors[id]);
  }
  const all = [...first].map(([cat, color]) => ({ name: trace.cats[cat], color })).filter(({ name }) => name !== '');
  return { listed: all.slice(0, MOST), more: Math.max(0, all.length - MOST) };
}

// chip is a small box of a colour.
export function chip(palette, color) {
  const e = element('span', undefined, 'chip');
  e.style.background = palette.fill[color];
  e.style.borderColor = palette.edge[color];
  return e;
}
