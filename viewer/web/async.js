// SPDX-License-Identifier: Apache-2.0

// Asynchronous events belong to no thread: those of one id are a tree of their own (b, n, e; of old
// S, T, p, F). Each tree lies on a track of its category, below the threads, and trees that overlap
// lie on different ones.

const BELOW = 1e9; // the sort index of the tracks
const OPENS = 'bS', CLOSES = 'eF';

export const isAsync = (ph) => typeof ph === 'string' && ph.length === 1 && 'bneSTpF'.includes(ph);

export class AsyncEvents {
  constructor() {
    this.trees = new Map(); // key -> events
  }

  add(ts, event, process, cat, text) {
    const id = event.id ?? event.id2?.local ?? event.id2?.global;
    // Of old the name was a part of the identity.
    const name = 'STpF'.includes(event.ph) ? text(event.name) : '';
    const key = [process.index, cat, text(event.scope), text(id), name].join('\0');
    if (!this.trees.has(key)) this.trees.set(key, { process, cat, events: [] });
    this.trees.get(key).events.push({ ts, event });
  }

  // finish hands the slices to the collector. What has not ended goes on to the latest time.
  finish(collector) {
    const groups = new Map();
    for (const { process, cat, events } of this.trees.values()) {
      const slices = slicesOf(events, collector);
      if (slices.length === 0) continue;
      const key = `${process.index}\0${cat}`;
      if (!groups.has(key)) groups.set(key, { process, cat, trees: [] });
      const start = slices.reduce((least, s) => Math.min(least, s.start), Infinity);
      const end = slices.reduce((most, s) => Math.max(most, s.end), -Infinity);
      groups.get(key).trees.push({ start, end, slices });
    }
    for (const group of groups.values()) place(group, collector);
    this.trees.clear();
  }
}

function slicesOf(events, collector) {
  const slices = [], open = [];
  events.sort((a, b) => a.ts - b.ts);
  for (const { ts, event } of events) {
    if (OPENS.includes(event.ph)) {
      open.push({ start: ts, event });
    } else if (CLOSES.includes(event.ph)) {
      const begun = take(open, event.name);
      if (begun) slices.push({ ...begun, end: ts, open: 0, args: { ...begun.event.args, ...event.args } });
      else collector.skip('that end what never began');
    } else {
      slices.push({ start: ts, end: ts, event, open: 0, args: event.args });
    }
  }
  for (const begun of open) slices.push({ ...begun, end: collector.latest, open: 1, args: begun.event.args });
  return slices;
}

// take removes the innermost of that name, or the innermost of all for an end without name.
function take(open, name) {
  for (let i = open.length - 1; i >= 0; i--) {
    if (name === undefined || open[i].event.name === name) return open.splice(i, 1)[0];
  }
  return undefined;
}

// place gives each tree the first track of its category that is free at that time.
function place({ process, cat, trees }, collector) {
  const byStart = trees.sort((a, b) => a.start - b.start);
  const byEnd = [...trees].sort((a, b) => a.end - b.end);
  const free = [];
  let lanes = 0, ended = 0;
  for (const tree of byStart) {
    for (; ended < byEnd.length && byEnd[ended].end <= tree.start && byEnd[ended].lane !== undefined; ended++) free.push(byEnd[ended].lane);
    tree.lane = free.length > 0 ? free.pop() : lanes++;
    const track = collector.trackOf(process, `async ${cat} ${tree.lane}`);
    const name = cat === '' ? 'async' : `async ${cat}`;
    Object.assign(collector.tracks[track], { name: tree.lane === 0 ? name : `${name} #${tree.lane + 1}`, sort: BELOW + tree.lane });
    for (const s of tree.slices) collector.slice(s.start, s.end - s.start, s.event, track, s.args, s.open);
  }
}
