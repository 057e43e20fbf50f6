// SPDX-License-Identifier: Apache-2.0

// Search finds what holds a text: tracks and processes by their names, slices by their labels and
// arguments, and so by places (file.py:12) and outcomes (cancelled), too. key=value finds an
// argument of that name.

import { processLabel, trackLabel } from './layout.js';
import { text } from './text.js';
import { placeOf } from './vocabulary.js';

const LONGEST = 400; // of an argument

export class Search {
  constructor(trace) {
    this.trace = trace;
    this.clear();
  }

  clear() {
    this.query = '';
    this.matches = null; // per slice: 1 if it matches or lies on a track that does; null means no search
    this.ids = new Uint32Array(0); // the slices, in the order of time
    this.tracks = [];
    this.position = -1;
  }

  find(query) {
    this.clear();
    if (query.trim() === '') return;
    const { trace } = this;
    this.query = query;
    const finder = new Finder(trace, query);
    this.tracks = trace.tracks.filter((track) => finder.track(track));
    this.matches = new Uint8Array(trace.length);
    const ids = [];
    for (let id = 0; id < trace.length; id++) if (finder.slice(id)) ids.push(id);
    for (const id of ids) this.matches[id] = 1;
    for (const { firstRow, depth } of this.tracks) this.matches.fill(1, trace.rowStart[firstRow], trace.rowStart[firstRow + depth]);
    this.ids = Uint32Array.from(ids).sort((a, b) => trace.start[a] - trace.start[b] || a - b);
    this.finder = finder;
  }

  // why says which argument of a slice was found, or is "" for its label.
  why(id) {
    return this.finder.why(id);
  }

  get found() {
    return this.ids.length + this.tracks.length;
  }

  // step moves on by one (or back) and returns the slice there, or -1.
  step(by) {
    const n = this.ids.length;
    if (n === 0) return -1;
    this.position = this.position < 0 ? (by > 0 ? 0 : n - 1) : (this.position + by + n) % n;
    return this.ids[this.position];
  }

  // stepFrom is the first step: to the first match at a time or later.
  stepFrom(time) {
    const { ids, trace } = this;
    if (ids.length === 0) return -1;
    const next = ids.findIndex((id) => trace.start[id] >= time);
    this.position = next < 0 ? 0 : next;
    return ids[this.position];
  }

  // visit notes that a slice was gone to by itself.
  visit(id) {
    this.position = this.ids.indexOf(id);
  }

  get summary() {
    if (this.query === '') return '';
    if (this.found === 0) return 'none';
    const n = this.ids.length.toLocaleString('en');
    return this.position < 0 ? `${this.found.toLocaleString('en')} found` : `${(this.position + 1).toLocaleString('en')} of ${n}`;
  }
}

// opacity is how strongly a slice is drawn while something is searched for.
export function opacity({ matches }, id) {
  return matches && !matches[id] ? 0.25 : 1;
}

// Finder answers for one query. It remembers its answers, as most texts come often.
class Finder {
  constructor(trace, query) {
    this.trace = trace;
    this.wanted = query.trim().toLowerCase();
    const [key, value] = this.wanted.split(/=(.*)/s);
    this.key = value === undefined ? undefined : key.trim();
    this.value = (value ?? this.wanted).trim();
    this.names = Uint8Array.from(trace.names, (name) => (this.holds(name) ? 1 : 0));
    this.known = new Map(); // text -> whether it holds the value
  }

  holds(string) {
    return string.toLowerCase().includes(this.wanted);
  }

  track(track) {
    return [trackLabel(track), processLabel(track.process), track.process.command ?? ''].some((name) => this.holds(name));
  }

  slice(id) {
    return this.names[this.trace.name[id]] === 1 || this.why(id) !== '';
  }

  why(id) {
    if (this.names[this.trace.name[id]] === 1) return '';
    const args = this.trace.args[id];
    if (typeof args !== 'object' || args === null) return typeof args === 'string' && this.fits(args) ? args : '';
    for (const key in args) {
      if (this.key !== undefined && key.toLowerCase() !== this.key) continue;
      const value = text(args[key], LONGEST);
      if (this.fits(value)) return `${key}: ${value}`;
    }
    return this.place(args);
  }

  // place finds file.py:12, which is two arguments.
  place(args) {
    if (this.key !== undefined || !this.wanted.includes(':')) return '';
    const place = placeOf(args);
    if (!place) return '';
    const at = `${place.file}:${place.line}`;
    return at.toLowerCase().endsWith(this.wanted) ? at : '';
  }

  fits(value) {
    let fits = this.known.get(value);
    if (fits === undefined) {
      fits = value.toLowerCase().includes(this.value);
      this.known.set(value, fits);
    }
    return fits;
  }
}
