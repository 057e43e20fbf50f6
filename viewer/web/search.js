// SPDX-License-Identifier: Apache-2.0

// Search finds the slices whose name holds a text, in the order of time.

export class Search {
  constructor(trace) {
    this.trace = trace;
    this.clear();
  }

  clear() {
    this.query = '';
    this.matches = null; // per name: 1 if it matches; null means no search
    this.ids = new Uint32Array(0);
    this.position = -1;
  }

  find(query) {
    this.clear();
    if (query === '') return;
    const { trace } = this;
    const wanted = query.toLowerCase();
    this.query = query;
    this.matches = Uint8Array.from(trace.names, (name) => (name.toLowerCase().includes(wanted) ? 1 : 0));
    const ids = [];
    for (let id = 0; id < trace.length; id++) if (this.matches[trace.name[id]]) ids.push(id);
    this.ids = Uint32Array.from(ids).sort((a, b) => trace.start[a] - trace.start[b] || a - b);
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

  get summary() {
    if (this.query === '') return '';
    if (this.ids.length === 0) return 'none';
    const n = this.ids.length.toLocaleString('en');
    return this.position < 0 ? `${n} found` : `${(this.position + 1).toLocaleString('en')} of ${n}`;
  }
}
