// SPDX-License-Identifier: Apache-2.0

// Layout says at which height each process, track and counter lies.

import { firstAbove } from './columns.js';

export const HEADER_HEIGHT = 30;
export const ROW_HEIGHT = 22;
export const BAR = ROW_HEIGHT - 2; // the height of a slice
export const TRACK_PAD = 6;
export const COUNTER_HEIGHT = 46;

export class Layout {
  // collapsed is a set of pids.
  constructor(trace, collapsed) {
    this.trace = trace;
    this.items = [];
    this.height = 0;
    this.trackTop = new Float64Array(trace.tracks.length);
    this.hidden = new Uint8Array(trace.tracks.length);
    for (const group of groups(trace)) this.addGroup(group, collapsed.has(group.process.pid));
    this.tops = Float64Array.from(this.items, (item) => item.y);
  }

  addGroup({ process, tracks, counters }, collapsed) {
    const header = this.add({ kind: 'process', process, collapsed, tracks: tracks.length }, HEADER_HEIGHT);
    for (const counter of counters) {
      if (!collapsed) this.add({ kind: 'counter', counter }, COUNTER_HEIGHT);
    }
    for (const track of tracks) {
      if (collapsed) {
        // Arrows to a hidden track end at the header of its process.
        this.trackTop[track.position] = header.y + (HEADER_HEIGHT - ROW_HEIGHT) / 2;
        this.hidden[track.position] = 1;
      } else {
        const item = this.add({ kind: 'track', track }, track.depth * ROW_HEIGHT + 2 * TRACK_PAD);
        this.trackTop[track.position] = item.y + TRACK_PAD;
      }
    }
  }

  add(item, height) {
    item.y = this.height;
    item.height = height;
    this.height += height;
    this.items.push(item);
    return item;
  }

  // itemsIn returns the range of the items between two heights.
  itemsIn(top, bottom) {
    const from = Math.max(0, firstAbove(this.tops, 0, this.tops.length, top) - 1);
    return [from, firstAbove(this.tops, 0, this.tops.length, bottom)];
  }

  itemAt(y) {
    const i = firstAbove(this.tops, 0, this.tops.length, y) - 1;
    return i >= 0 && y < this.items[i].y + this.items[i].height ? this.items[i] : undefined;
  }

  // rowAt returns the row of slices at a height, or -1.
  rowAt(y) {
    const item = this.itemAt(y);
    if (item?.kind !== 'track') return -1;
    const depth = Math.floor((y - item.y - TRACK_PAD) / ROW_HEIGHT);
    return depth >= 0 && depth < item.track.depth ? item.track.firstRow + depth : -1;
  }

  // sliceTop returns the height of a slice's upper edge.
  sliceTop(id) {
    const position = this.trace.rowTrack[this.trace.row[id]];
    const depth = this.hidden[position] ? 0 : this.trace.row[id] - this.trace.tracks[position].firstRow;
    return this.trackTop[position] + depth * ROW_HEIGHT;
  }

  // hit returns the slice at a point, or -1. Slices of a few pixels are hard to point at, so near
  // is the distance in time at which they are still found.
  hit(y, time, near) {
    const { trace } = this;
    const row = this.rowAt(y);
    if (row < 0) return -1;
    const lo = trace.rowStart[row], hi = trace.rowStart[row + 1];
    const after = firstAbove(trace.start, lo, hi, time);
    let best = -1, distance = near;
    for (let id = Math.max(lo, after - 1); id <= Math.min(hi - 1, after); id++) {
      const away = Math.max(trace.start[id] - time, time - trace.end[id], 0);
      const tiny = trace.end[id] === trace.start[id];
      if (away < distance || (away === distance && tiny)) {
        best = id;
        distance = away;
      }
    }
    return best;
  }
}

function groups(trace) {
  const byProcess = new Map();
  const group = (process) => {
    if (!byProcess.has(process)) byProcess.set(process, { process, tracks: [], counters: [] });
    return byProcess.get(process);
  };
  for (const track of trace.tracks) group(track.process).tracks.push(track);
  for (const counter of trace.counters) group(counter.process).counters.push(counter);
  return byProcess.values();
}

export function processLabel(process) {
  return process.name || `Process ${process.pid}`;
}

export function trackLabel(track) {
  return track.name || `Thread ${track.tid}`;
}
