// SPDX-License-Identifier: Apache-2.0

// Trace is what the page draws: slices in columns, sorted row by row, and the
// arrows between them. A slice is known by its index. Times are nanoseconds
// since the first event.

import { firstAbove, firstAtLeast } from './columns.js';
import { READY, STEP, WAIT } from './vocabulary.js';

// Rows below this are not drawn. Other viewers have the same limit.
export const DEEPEST = 512;

export class Trace {
  constructor(columns) {
    // tracks, tracksByIndex, rowStart, names, cats, start, end, name, cat, row, parent, open, args
    Object.assign(this, columns);
    this.length = this.start.length;
    this.counters = [];
    this.rowTrack = new Uint32Array(this.rowStart.length - 1);
    for (const track of this.tracks) {
      this.rowTrack.fill(track.position, track.firstRow, track.firstRow + track.depth);
    }
    this.duration = 0;
    for (let i = 0; i < this.length; i++) this.duration = Math.max(this.duration, this.end[i]);
  }

  nameOf(id) {
    return this.names[this.name[id]];
  }

  trackOf(id) {
    return this.tracks[this.rowTrack[this.row[id]]];
  }

  depthOf(id) {
    return this.row[id] - this.trackOf(id).firstRow;
  }

  // at returns the slice of a row that holds the time, or -1. A slice does not
  // hold its end, unless it has no length.
  at(row, time) {
    const lo = this.rowStart[row];
    const id = firstAbove(this.start, lo, this.rowStart[row + 1], time) - 1;
    if (id < lo) return -1;
    return this.end[id] > time || (this.start[id] === time && this.end[id] === time) ? id : -1;
  }

  // enclosing returns the deepest slice of a track that holds the time, or -1.
  // Where none does, one that ends just then is taken, as other viewers do.
  enclosing(trackIndex, time) {
    const { firstRow, depth = 0 } = this.tracksByIndex[trackIndex];
    for (let row = firstRow + depth - 1; row >= firstRow; row--) {
      const id = this.at(row, time);
      if (id >= 0) return id;
    }
    for (let row = firstRow + depth - 1; row >= firstRow; row--) {
      const lo = this.rowStart[row];
      const id = firstAbove(this.start, lo, this.rowStart[row + 1], time) - 1;
      if (id >= lo && this.end[id] === time) return id;
    }
    return -1;
  }

  // nextSlice returns the first slice of a track that begins at the time or later, or -1.
  nextSlice(trackIndex, time) {
    const { firstRow, depth = 0 } = this.tracksByIndex[trackIndex];
    let best = -1;
    for (let row = firstRow; row < firstRow + depth; row++) {
      const id = firstAtLeast(this.start, this.rowStart[row], this.rowStart[row + 1], time);
      if (id < this.rowStart[row + 1] && (best < 0 || this.start[id] < this.start[best])) best = id;
    }
    return best;
  }

  // nearest returns the slice of a row that is nearest to a time.
  nearest(row, time) {
    const lo = this.rowStart[row], hi = this.rowStart[row + 1];
    const after = firstAbove(this.start, lo, hi, time);
    if (after === lo) return lo;
    const before = after - 1;
    return after < hi && this.start[after] - time < time - this.end[before] ? after : before;
  }

  // children returns the range of the slices directly below a slice.
  children(id) {
    const row = this.row[id] + 1;
    const { firstRow, depth } = this.trackOf(id);
    if (row >= firstRow + depth) return [0, 0];
    const hi = this.rowStart[row + 1];
    let from = firstAtLeast(this.start, this.rowStart[row], hi, this.start[id]);
    while (from < hi && this.parent[from] !== id && this.start[from] <= this.end[id]) from++;
    let to = from;
    while (to < hi && this.parent[to] === id) to++;
    return [from, to];
  }

  // selfTime is the part of a slice that none of its children covers.
  selfTime(id) {
    let self = this.end[id] - this.start[id];
    const [from, to] = this.children(id);
    for (let c = from; c < to; c++) self -= Math.min(this.end[c], this.end[id]) - this.start[c];
    return Math.max(0, self);
  }

  setArrows({ from, to, fromTime, toTime, name, unbound, unanswered }) {
    this.arrows = {
      length: from.length, unbound, unanswered,
      from: Uint32Array.from(from), to: Uint32Array.from(to),
      fromTime: Float64Array.from(fromTime), toTime: Float64Array.from(toTime), name: Uint32Array.from(name),
    };
    this.outgoing = index(this.arrows.from, this.length);
    this.incoming = index(this.arrows.to, this.length);
  }

  // twin returns the slice on a task's track that shows the same step as one on the loop's
  // track, or -1. The arrows and places are there.
  twin(id) {
    const { process, tid, loop } = this.trackOf(id);
    if (loop !== undefined || !this.is(id, STEP)) return -1;
    const middle = (this.start[id] + this.end[id]) / 2;
    for (const track of this.tracks) {
      if (track.process !== process || track.loop !== tid) continue;
      const twin = this.at(track.firstRow, middle);
      if (twin >= 0 && this.is(twin, STEP) && this.args[twin]?.task === this.args[id]?.task) return twin;
    }
    return -1;
  }

  is(id, category) {
    return this.cats[this.cat[id]] === category;
  }

  // resumption returns the step that ends a wait of a task, or the time it was ready, or -1.
  resumption(id) {
    if (!this.is(id, WAIT) && !this.is(id, READY)) return -1;
    const hi = this.rowStart[this.row[id] + 1];
    let next = id + 1;
    while (next < hi && this.is(next, READY)) next++;
    return next < hi && this.is(next, STEP) ? next : -1;
  }

  // argsOf returns the arguments of a slice, with those of its twin.
  argsOf(id) {
    const twin = this.twin(id);
    return twin < 0 ? this.args[id] : { ...this.args[id], ...this.args[twin] };
  }

  // arrowsOf returns the arrows of a slice and of its twin. Those of slices without length that
  // lie directly in it are its own: they only mark where in it something was
  // scheduled. What woke a task is what its wait was ended by.
  arrowsOf(id) {
    const incoming = [], outgoing = [];
    const gather = (slice) => {
      for (const arrow of this.incoming(slice)) incoming.push(arrow);
      for (const arrow of this.outgoing(slice)) outgoing.push(arrow);
    };
    const gatherAll = (slice) => {
      gather(slice);
      const [from, to] = this.children(slice);
      for (let c = from; c < to; c++) if (this.end[c] === this.start[c]) gather(c);
    };
    gatherAll(id);
    const twin = this.twin(id);
    if (twin >= 0) gatherAll(twin);
    const resumed = incoming.length === 0 ? this.resumption(id) : -1;
    if (resumed >= 0) incoming.push(...this.incoming(resumed));
    const byTime = (a, b) => this.arrows.fromTime[a] - this.arrows.fromTime[b];
    return { incoming: incoming.sort(byTime), outgoing: outgoing.sort(byTime) };
  }

  // follow returns the slice at the other end of the first arrow that leaves
  // (or reaches) the slice or, if it has none, the nearest one around it; or -1.
  follow(id, forward) {
    for (let at = id; at >= 0; at = this.parent[at]) {
      const { incoming, outgoing } = this.arrowsOf(at);
      if (forward && outgoing.length > 0) return this.arrows.to[outgoing[0]];
      if (!forward && incoming.length > 0) return this.arrows.from[incoming[0]];
    }
    return -1;
  }
}

// index groups the numbers of arrows by the slice at one of their ends.
function index(ends, slices) {
  const from = new Uint32Array(slices + 1);
  for (const id of ends) from[id + 1]++;
  for (let i = 0; i < slices; i++) from[i + 1] += from[i];
  const next = from.slice(), list = new Uint32Array(ends.length);
  ends.forEach((id, arrow) => { list[next[id]++] = arrow; });
  return (id) => list.subarray(from[id], from[id + 1]);
}
