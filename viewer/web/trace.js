// SPDX-License-Identifier: Apache-2.0

// Trace is what the page draws: slices in columns, sorted row by row, and the arrows between them.
// A slice is known by its index. Times are nanoseconds since the first event.

import { firstAbove, firstAtLeast } from './columns.js';

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

  // at returns the slice of a row that holds the time, or -1. A slice does not hold its end, unless
  // it has no length.
  at(row, time) {
    const lo = this.rowStart[row];
    const id = firstAbove(this.start, lo, this.rowStart[row + 1], time) - 1;
    if (id < lo) return -1;
    return this.end[id] > time || (this.start[id] === time && this.end[id] === time) ? id : -1;
  }

  // enclosing returns the deepest slice of a track that holds the time, or -1. Where none does, one
  // that ends just then is taken, as other viewers do.
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
    // The numbers of the arrows that leave and reach a slice.
    this.outgoing = index(this.arrows.from, this.length);
    this.incoming = index(this.arrows.to, this.length);
  }

  is(id, category) {
    return this.cats[this.cat[id]] === category;
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
