// SPDX-License-Identifier: Apache-2.0

// The panel below the timeline. Every text goes in as text, never as markup:
// names and arguments come from the traced program and may say anything.

import { processLabel, trackLabel } from './layout.js';
import { text } from './text.js';
import { formatDuration, formatTime } from './time.js';

const MOST_ARROWS = 100;
const MOST_ARGS = 200;
const LONGEST_VALUE = 4000;

// showDetails fills the panel. link(id) gives the address of a slice, and
// onSelect is told when one is clicked.
export function showDetails(panel, scene, id, { link, onSelect }) {
  panel.replaceChildren();
  if (id < 0) {
    panel.append(...hint(scene));
    return;
  }
  const { trace, selectedArrows } = scene;
  panel.append(facts(scene, id), argsList(trace.args[id]));
  const arrows = (title, kind, ends) => arrowList(trace, title, kind, selectedArrows[kind], ends, { link, onSelect });
  panel.append(
    arrows('Comes from', 'incoming', trace.arrows.from),
    arrows('Leads to', 'outgoing', trace.arrows.to),
  );
}

function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

function chip({ palette }, color) {
  const e = element('span', undefined, 'chip');
  e.style.background = palette.fill[color];
  e.style.borderColor = palette.edge[color];
  return e;
}

function hint(scene) {
  const left = element('div', undefined, 'hint');
  left.append(
    element('h2', 'Nothing is selected'),
    element('p', 'Click a slice to see where it was scheduled and what it scheduled. Zoom with the wheel, drag to pan, press ? for the keys.'),
  );
  const right = element('div', undefined, 'wide');
  const list = element('ul', undefined, 'legend');
  for (const { cat, color } of scene.legend) {
    const item = element('li');
    item.append(chip(scene, color), element('span', cat));
    list.append(item);
  }
  if (scene.legend.length > 0) right.append(element('h3', 'Categories'), list);
  return [left, right];
}

function facts(scene, id) {
  const { trace, colors } = scene;
  const track = trace.trackOf(id);
  const duration = trace.end[id] - trace.start[id];
  const box = element('div');
  const title = element('h2');
  title.append(chip(scene, colors[id]), element('span', trace.nameOf(id) || '(no name)', 'name'));
  box.append(title, definitions([
    ['Track', trackLabel(track), 'track'],
    ['Process', processLabel(track.process), 'process'],
    ['Category', trace.cats[trace.cat[id]], 'category'],
    ['Start', formatTime(trace.start[id]), 'start'],
    ['Duration', formatDuration(duration) + (trace.open[id] ? ', had not ended' : ''), 'duration'],
    ['Self', duration > 0 ? formatDuration(trace.selfTime(id)) : '', 'self'],
  ]));
  return box;
}

function definitions(rows) {
  const list = element('dl');
  for (const [name, value, className] of rows) {
    if (value !== '') list.append(element('dt', name), element('dd', value, className));
  }
  return list;
}

function argsList(args) {
  const box = element('div');
  box.append(element('h3', 'Arguments'));
  if (typeof args !== 'object' || args === null || Object.keys(args).length === 0) {
    box.append(element('p', args === undefined || args === null || typeof args === 'object' ? 'none' : shown(args)));
    return box;
  }
  const entries = Object.entries(args);
  const list = definitions(entries.slice(0, MOST_ARGS).map(([name, value]) => [name, shown(value), 'arg']));
  box.append(list);
  if (entries.length > MOST_ARGS) box.append(element('p', `and ${entries.length - MOST_ARGS} more`));
  return box;
}

function shown(value) {
  return value === null ? 'null' : text(value, LONGEST_VALUE);
}

function arrowList(trace, title, kind, arrows, ends, { link, onSelect }) {
  const box = element('div');
  box.append(element('h3', arrows.length > 1 ? `${title} (${arrows.length})` : title, kind));
  if (arrows.length === 0) {
    box.append(element('p', 'no arrow'));
    return box;
  }
  const list = element('ul', undefined, kind);
  for (const arrow of arrows.slice(0, MOST_ARROWS)) list.append(arrowItem(trace, arrow, ends[arrow], { link, onSelect }));
  box.append(list);
  if (arrows.length > MOST_ARROWS) box.append(element('p', `and ${arrows.length - MOST_ARROWS} more`));
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
  item.append(a, element('span', ` ${where(trace, other)}, after ${formatDuration(wait)}`, 'extra'));
  return item;
}

// where tells a marker by the slice around it: many are called alike.
function where(trace, id) {
  const track = trackLabel(trace.trackOf(id));
  const parent = trace.parent[id];
  if (parent < 0 || trace.end[id] !== trace.start[id]) return `on ${track}`;
  return `in ${trace.nameOf(parent)} on ${track}`;
}
