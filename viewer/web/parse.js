// SPDX-License-Identifier: Apache-2.0

// Turns trace events into columns: slices, counters and flow points, each on its track. Nothing is
// sorted or linked yet; build.js does that when all is read.

import { AsyncEvents, isAsync } from './async.js';
import { Column, Interner } from './columns.js';
import { text as anyText } from './text.js';
import { commandOf, labelOf, loopOf, sourceOf } from './vocabulary.js';

// Times beyond this (in µs) are not times, and would leave no precision for the others.
const FARTHEST = 1e20;
const LONGEST_NAME = 2000;
const text = (value) => anyText(value, LONGEST_NAME);

// How a flow point finds its slice.
export const BIND_ENCLOSING = 0, BIND_NEXT = 1, BIND_SLICE = 2;
export const FLOW_START = 0, FLOW_STEP = 1, FLOW_END = 2;

export class Collector {
  constructor() {
    this.events = 0;
    this.skipped = new Map(); // reason -> how many
    this.names = new Interner();
    this.cats = new Interner();
    this.processes = new Map(); // pid -> process
    this.sources = new Map(); // path of a source file -> its lines
    this.tracks = [];
    this.counters = [];
    this.counterTracks = new Map();
    this.slices = {
      ts: new Column(Float64Array), dur: new Column(Float64Array), name: new Column(Uint32Array),
      cat: new Column(Uint32Array), track: new Column(Uint32Array), open: new Column(Uint8Array),
    };
    this.args = [];
    this.async = new AsyncEvents();
    this.marks = []; // B and E, matched at the end because the file may be out of order
    this.flowKeys = new Interner();
    this.flowNames = new Interner();
    this.flows = {
      key: new Column(Uint32Array), ts: new Column(Float64Array), kind: new Column(Uint8Array),
      bind: new Column(Uint8Array), target: new Column(Uint32Array), name: new Column(Uint32Array),
    };
    this.latest = -Infinity;
  }

  skip(reason, count = 1) {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + count);
  }

  add(event) {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      this.skip('not an event');
      return;
    }
    const { ph } = event;
    if (ph === undefined && Object.keys(event).length === 0) return; // {} ends some arrays
    this.events++;
    if (ph === 'M') {
      this.metadata(event);
      return;
    }
    const ts = number(event.ts);
    if (!(Math.abs(ts) <= FARTHEST)) {
      this.skip('without a usable time');
      return;
    }
    this.timed(ph, ts, event);
  }

  timed(ph, ts, event) {
    switch (ph) {
      case 'X':
        this.complete(ts, event);
        break;
      case 'B':
      case 'E':
        this.latest = Math.max(this.latest, ts);
        this.marks.push({ ts, event, track: this.track(event) });
        break;
      case 'i':
      case 'I':
      case 'R':
        this.slice(ts, 0, event, this.track(event), event.args, 0);
        break;
      case 'C':
        this.counter(ts, event);
        break;
      case 's':
        this.flow(ts, event, FLOW_START, BIND_ENCLOSING);
        break;
      case 't':
        this.flow(ts, event, FLOW_STEP, BIND_ENCLOSING);
        break;
      case 'f':
        this.flow(ts, event, FLOW_END, event.bp === 'e' ? BIND_ENCLOSING : BIND_NEXT);
        break;
      default:
        if (isAsync(ph)) this.asynchronous(ts, event);
        else this.skip('of a kind that is not drawn');
    }
  }

  asynchronous(ts, event) {
    this.latest = Math.max(this.latest, ts);
    this.async.add(ts, event, this.process(event.pid), text(event.cat), text);
  }

  complete(ts, event) {
    let dur = number(event.dur);
    if (!(dur > 0)) dur = 0; // missing, negative and NaN alike
    if (dur > FARTHEST) {
      this.skip('without a usable time');
      return;
    }
    this.slice(ts, dur, event, this.track(event), event.args, 0);
  }

  slice(ts, dur, event, track, args, open) {
    const { slices } = this;
    const id = slices.ts.length;
    slices.ts.push(ts);
    slices.dur.push(dur);
    slices.name.push(this.names.id(text(labelOf(event))));
    slices.cat.push(this.cats.id(text(event.cat)));
    slices.track.push(track);
    slices.open.push(open);
    this.args.push(args);
    this.latest = Math.max(this.latest, ts + dur);
    if (event.bind_id !== undefined) this.boundFlow(ts, event, id);
  }

  // boundFlow is the second form of flows: the slice itself names the flow.
  boundFlow(ts, event, id) {
    const out = event.flow_out === true, into = event.flow_in === true;
    if (!out && !into) return;
    const kind = out && into ? FLOW_STEP : out ? FLOW_START : FLOW_END;
    this.flowPoint('2\0' + text(event.bind_id), '', ts, kind, BIND_SLICE, id);
  }

  flow(ts, event, kind, bind) {
    const key = '1\0' + text(event.cat) + '\0' + text(event.name) + '\0' + text(event.id);
    this.flowPoint(key, text(event.name), ts, kind, bind, this.track(event));
  }

  flowPoint(key, name, ts, kind, bind, target) {
    const { flows } = this;
    flows.key.push(this.flowKeys.id(key));
    flows.name.push(this.flowNames.id(name));
    flows.ts.push(ts);
    flows.kind.push(kind);
    flows.bind.push(bind);
    flows.target.push(target);
  }

  counter(ts, event) {
    const name = event.id === undefined ? text(event.name) : `${text(event.name)}[${text(event.id)}]`;
    if (typeof event.args !== 'object' || event.args === null) return;
    for (const [series, raw] of Object.entries(event.args)) {
      const value = number(raw);
      if (!Number.isFinite(value)) {
        this.skip('without a usable value');
        continue;
      }
      const counter = this.counterTrack(event, name, series);
      counter.ts.push(ts);
      counter.value.push(value);
      this.latest = Math.max(this.latest, ts);
    }
  }

  counterTrack(event, name, series) {
    const process = this.process(event.pid);
    const key = `${process.index}\0${name}\0${series}`;
    let counter = this.counterTracks.get(key);
    if (!counter) {
      const label = series === 'value' || series === name ? name : `${name} ${series}`;
      counter = { label, process, ts: new Column(Float64Array), value: new Column(Float64Array) };
      this.counterTracks.set(key, counter);
      this.counters.push(counter);
    }
    return counter;
  }

  metadata(event) {
    const args = event.args ?? {};
    const process = this.process(event.pid);
    switch (event.name) {
      case 'process_name':
        process.name = text(args.name);
        process.command = text(commandOf(args));
        break;
      case 'process_sort_index':
        process.sort = number(args.sort_index) || 0;
        this.source(args);
        break;
      case 'thread_name':
        Object.assign(this.tracks[this.track(event)], { name: text(args.name), loop: loopOf(args) });
        break;
      case 'thread_sort_index':
        this.tracks[this.track(event)].sort = number(args.sort_index) || 0;
        break;
    }
  }

  source(args) {
    const source = sourceOf(args);
    if (source) this.sources.set(source.file, source.lines);
  }

  process(pid) {
    const id = identity(pid);
    let process = this.processes.get(id);
    if (!process) {
      process = { index: this.processes.size, pid: id, name: '', sort: 0, threads: new Map() };
      this.processes.set(id, process);
    }
    return process;
  }

  // track returns the index of the track of the event's pid and tid.
  track(event) {
    return this.trackOf(this.process(event.pid), identity(event.tid));
  }

  trackOf(process, tid) {
    let index = process.threads.get(tid);
    if (index === undefined) {
      index = this.tracks.length;
      process.threads.set(tid, index);
      this.tracks.push({ index, process, tid, name: '', sort: 0 });
    }
    return index;
  }

  // finish matches B with E, and asynchronous ones. At equal times the order of the file holds, or
  // a slice without length would end before it begins.
  finish() {
    this.marks.sort((a, b) => a.ts - b.ts);
    const stacks = new Map();
    for (const mark of this.marks) {
      const stack = stacks.get(mark.track) ?? [];
      stacks.set(mark.track, stack);
      if (mark.event.ph === 'B') {
        stack.push(mark);
      } else if (stack.length === 0) {
        this.skip('that end what never began');
      } else {
        const begin = stack.pop();
        const args = mark.event.args === undefined ? begin.event.args : { ...begin.event.args, ...mark.event.args };
        this.slice(begin.ts, mark.ts - begin.ts, begin.event, begin.track, args, 0);
      }
    }
    const { latest } = this;
    for (const stack of stacks.values()) {
      for (const begin of stack) {
        this.slice(begin.ts, latest - begin.ts, begin.event, begin.track, begin.event.args, 1);
      }
    }
    this.marks = [];
    this.async.finish(this);
  }
}

// number also takes numbers in strings, as other viewers do. NaN means none.
function number(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.trim() !== '') return Number(value);
  return NaN;
}

function identity(value) {
  return typeof value === 'number' || typeof value === 'string' ? value : 0;
}
