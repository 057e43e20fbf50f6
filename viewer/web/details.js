// SPDX-License-Identifier: Apache-2.0

// The panel below the timeline. Every text goes in as text, never as markup:
// names and arguments come from the traced program and may say anything.

import { element } from './element.js';
import { placeBox, placesOf } from './places.js';
import { processLabel, trackLabel } from './layout.js';
import { text } from './text.js';
import { formatDuration, formatTime } from './time.js';
import { STEP, WAIT, arrowKind, isOwn, isShared } from './vocabulary.js';

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
  const places = placesOf(trace, id);
  panel.append(facts(scene, id), argsList(otherArgs(trace.argsOf(id), places, isOwn(trace.cats[trace.cat[id]]))));
  const arrows = (title, kind, ends) => arrowList(trace, title, kind, selectedArrows[kind], ends, { link, onSelect });
  panel.append(element('div'));
  panel.lastChild.append(
    arrows(trace.is(id, WAIT) ? 'Ended by' : 'Comes from', 'incoming', trace.arrows.from),
    arrows('Leads to', 'outgoing', trace.arrows.to),
  );
  if (places.length === 0) return;
  panel.append(element('div', undefined, 'places'));
  panel.lastChild.append(...places.map(placeBox));
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
  const { listed, more } = scene.legend;
  for (const { cat, color } of listed) {
    const item = element('li');
    item.append(chip(scene, color), element('span', cat));
    list.append(item);
  }
  if (more > 0) list.append(element('li', `and ${more.toLocaleString('en')} more`));
  if (listed.length > 0) right.append(element('h3', 'Categories'), list);
  return [left, right];
}

function facts(scene, id) {
  const { trace, colors } = scene;
  const track = trace.trackOf(id);
  const duration = trace.end[id] - trace.start[id];
  const args = trace.argsOf(id);
  const box = element('div');
  const title = element('h2');
  title.append(chip(scene, colors[id]), element('span', trace.nameOf(id) || '(no name)', 'name'));
  box.append(title, definitions([
    ['Start', formatTime(trace.start[id]), 'start'],
    ['Duration', formatDuration(duration) + (trace.open[id] ? ', had not ended' : ''), 'duration'],
    ['Self', duration > 0 ? formatDuration(trace.selfTime(id)) : '', 'self'],
    ...TOLD.map(([name, key]) => [name, shownText(args?.[key]), key]),
    ['Category', trace.cats[trace.cat[id]], 'category'],
    ['Track', trackLabel(track), 'track'],
    ['Task', taskOf(trace, id), 'task'],
    ['Thread', threadOf(trace, track), 'thread'],
    ['Process', `${processLabel(track.process)}, ${track.process.pid}`, 'process'],
    ['Command', track.process.command ?? '', 'command'],
  ]));
  return box;
}

// TOLD are arguments of curtain's own that stand among the facts.
const TOLD = [['Because', 'because'], ['Queued', 'queued'], ['Late', 'late']];
const shownText = (value) => (typeof value === 'string' ? text(value, LONGEST_VALUE) : '');

// otherArgs are those that are not shown elsewhere.
function otherArgs(args, places, own) {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  const elsewhere = new Set([...(own ? ['what'] : []), ...TOLD.map(([, key]) => key).filter((key) => typeof args[key] === 'string')]);
  if (places.some(({ file, line }) => file === args.file && line === args.line)) ['file', 'line', 'function'].forEach((key) => elsewhere.add(key));
  return Object.fromEntries(Object.entries(args).filter(([key]) => !elsewhere.has(key)));
}

// threadOf names the loop or thread that a track of a task, say, belongs to.
function threadOf(trace, { process, loop }) {
  const track = trace.tracksByIndex[process.threads.get(loop)];
  return track ? trackLabel(track) : '';
}

// taskOf names the task that a slice belongs to: the step around it on the loop's track
// bears its name, and so does the track of a task.
function taskOf(trace, id) {
  for (let at = id; at >= 0; at = trace.parent[at]) {
    if (!Number.isInteger(trace.args[at]?.task)) continue;
    const { loop, name } = trace.trackOf(at);
    if (loop !== undefined && !isShared(name)) return name;
    if (trace.is(at, STEP)) return trace.nameOf(at);
    if (loop !== undefined) return `Task-${trace.args[at].task}`;
  }
  return '';
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
  const list = definitions(entries.slice(0, MOST_ARGS).map(([name, value]) => [shown(name), shown(value), 'arg']));
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
