// SPDX-License-Identifier: Apache-2.0

// The part of the address after “#” keeps the view and the selection, so a link shows the same
// picture again. A slice is named by its place, not by its number, because that changes when the
// trace grows.

import { firstAtLeast } from './columns.js';

export function encode(trace, view, selected) {
  const params = new URLSearchParams({ start: String(Math.round(view.start)), end: String(Math.round(view.end)) });
  if (selected >= 0) params.set('slice', sliceKey(trace, selected));
  return '#' + params.toString();
}

export function sliceKey(trace, id) {
  const track = trace.trackOf(id);
  return [track.process.pid, track.tid, trace.start[id], trace.depthOf(id)].map(encodeURIComponent).join(':');
}

// decode returns { start, end, selected }; what is missing or wrong is NaN or -1.
export function decode(trace, hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const time = (name) => (params.has(name) ? Number(params.get(name)) : NaN);
  return { start: time('start'), end: time('end'), selected: findSlice(trace, params.get('slice') ?? '') };
}

export function findSlice(trace, key) {
  const [pid, tid, start, depth] = key.split(':').map(decodePart);
  const track = trace.tracks.find((t) => String(t.process.pid) === pid && String(t.tid) === tid);
  if (!track || !(Number(depth) < track.depth)) return -1;
  const row = track.firstRow + Number(depth);
  const hi = trace.rowStart[row + 1];
  const id = firstAtLeast(trace.start, trace.rowStart[row], hi, Number(start));
  return id < hi && trace.start[id] === Number(start) ? id : -1;
}

function decodePart(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
