// SPDX-License-Identifier: Apache-2.0

// Sorts and links what parse.js collected into a Trace.

import { FLOW_START, FLOW_END, BIND_NEXT, BIND_SLICE } from './parse.js';
import { Trace, DEEPEST } from './trace.js';

export function build(collector) {
  collector.finish();
  const base = earliest(collector);
  const raw = rebase(collector, base);
  const tracks = sortTracks(collector);
  const nested = nest(collector, raw);
  const trace = new Trace(placeInRows(collector, raw, tracks, nested));
  trace.counters = buildCounters(collector, base);
  trace.skipped = collector.skipped;
  trace.sources = collector.sources;
  trace.events = collector.events;
  for (const { ts } of trace.counters) trace.duration = Math.max(trace.duration, ts[ts.length - 1]);
  trace.flowNames = collector.flowNames.strings;
  trace.setArrows(linkFlows(collector, trace, base, nested.ids));
  return trace;
}

function earliest({ slices, counters }) {
  let first = Infinity;
  for (let i = 0; i < slices.ts.length; i++) first = Math.min(first, slices.ts.values[i]);
  for (const { ts } of counters) {
    for (let i = 0; i < ts.length; i++) first = Math.min(first, ts.values[i]);
  }
  return Number.isFinite(first) ? first : 0;
}

// rebase turns microseconds into whole nanoseconds since the first event. A double holds the
// nanoseconds of a trace of 104 days, but not those since 1970.
function rebase({ slices }, base) {
  const n = slices.ts.length;
  const start = new Float64Array(n), end = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    start[i] = nanos(slices.ts.values[i], base);
    end[i] = Math.max(start[i], nanos(slices.ts.values[i] + slices.dur.values[i], base));
  }
  return { start, end };
}

function nanos(ts, base) {
  return Math.round((ts - base) * 1000);
}

// sortTracks gives the order of display: by sort index, then by number, then by name.
function sortTracks({ tracks, processes }) {
  const byOrder = (a, b, id) => a.sort - b.sort || compareIds(a[id], b[id]) || a.index - b.index;
  const rank = new Map([...processes.values()].sort((a, b) => byOrder(a, b, 'pid')).map((p, i) => [p, i]));
  return [...tracks].sort((a, b) => rank.get(a.process) - rank.get(b.process) || byOrder(a, b, 'tid'));
}

function compareIds(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

// nest gives every slice its depth and its parent. Slices that overlap only partly go one row
// deeper, too, so no two slices of a row ever overlap.
function nest(collector, { start, end }) {
  const n = start.length;
  const order = orderByTrackAndTime(collector, start, end);
  const depth = new Uint16Array(n), parent = new Int32Array(n).fill(-1), dropped = new Uint8Array(n);
  const trackOf = collector.slices.track.values;
  let stack = [], track = -1, tooDeep = 0;
  for (const i of order) {
    if (trackOf[i] !== track) {
      track = trackOf[i];
      stack = [];
    }
    while (stack.length > 0 && end[stack[stack.length - 1]] <= start[i]) stack.pop();
    if (stack.length >= DEEPEST) {
      dropped[i] = 1;
      tooDeep++;
      continue;
    }
    depth[i] = stack.length;
    if (stack.length > 0) parent[i] = stack[stack.length - 1];
    stack.push(i);
  }
  if (tooDeep > 0) collector.skip(`nested deeper than ${DEEPEST}`, tooDeep);
  return { order, depth, parent, dropped, ids: new Int32Array(n).fill(-1) };
}

// orderByTrackAndTime sorts by track, start, and the longest first. Traces are mostly written in
// order, so each track is looked at before it is sorted.
function orderByTrackAndTime({ slices, tracks }, start, end) {
  const n = start.length;
  const from = new Uint32Array(tracks.length + 1);
  for (let i = 0; i < n; i++) from[slices.track.values[i] + 1]++;
  for (let t = 0; t < tracks.length; t++) from[t + 1] += from[t];
  const order = new Uint32Array(n), next = from.slice();
  for (let i = 0; i < n; i++) order[next[slices.track.values[i]]++] = i;
  const compare = (a, b) => start[a] - start[b] || end[b] - end[a] || a - b;
  for (let t = 0; t < tracks.length; t++) {
    const part = order.subarray(from[t], from[t + 1]);
    if (!isSorted(part, compare)) part.sort(compare);
  }
  return order;
}

function isSorted(order, compare) {
  for (let i = 1; i < order.length; i++) {
    if (compare(order[i - 1], order[i]) > 0) return false;
  }
  return true;
}

// placeInRows lays the slices out row by row, where a row is one depth of one track; in a row both
// starts and ends rise, so it can be searched by halving.
function placeInRows(collector, raw, tracks, nested) {
  const { order, depth, dropped, ids } = nested;
  const trackOf = collector.slices.track.values;
  const depths = new Uint16Array(collector.tracks.length);
  for (const i of order) {
    if (!dropped[i]) depths[trackOf[i]] = Math.max(depths[trackOf[i]], depth[i] + 1);
  }
  const shown = tracks.filter((t) => depths[t.index] > 0);
  let rowCount = 0;
  const firstRow = new Uint32Array(collector.tracks.length);
  shown.forEach((t, position) => {
    Object.assign(t, { position, firstRow: rowCount, depth: depths[t.index] });
    firstRow[t.index] = rowCount;
    rowCount += t.depth;
  });
  const rowStart = new Uint32Array(rowCount + 1);
  for (const i of order) if (!dropped[i]) rowStart[firstRow[trackOf[i]] + depth[i] + 1]++;
  for (let r = 0; r < rowCount; r++) rowStart[r + 1] += rowStart[r];
  const next = rowStart.slice();
  for (const i of order) if (!dropped[i]) ids[i] = next[firstRow[trackOf[i]] + depth[i]]++;
  return permute(collector, raw, nested, { tracks: shown, rowStart, firstRow });
}

function permute({ slices, args, names, cats, tracks: allTracks }, raw, { parent, depth, ids }, { tracks, rowStart, firstRow }) {
  const n = rowStart[rowStart.length - 1];
  const out = {
    tracks, rowStart, tracksByIndex: allTracks, names: names.strings, cats: cats.strings,
    start: new Float64Array(n), end: new Float64Array(n), name: new Uint32Array(n), cat: new Uint32Array(n),
    row: new Uint32Array(n), parent: new Int32Array(n), open: new Uint8Array(n), args: new Array(n),
  };
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (id < 0) continue;
    out.start[id] = raw.start[i];
    out.end[id] = raw.end[i];
    out.name[id] = slices.name.values[i];
    out.cat[id] = slices.cat.values[i];
    out.row[id] = firstRow[slices.track.values[i]] + depth[i];
    out.parent[id] = parent[i] < 0 ? -1 : ids[parent[i]];
    out.open[id] = slices.open.values[i];
    out.args[id] = args[i];
  }
  return out;
}

function buildCounters({ counters }, base) {
  return counters.map(({ label, process, ts, value }) => {
    const order = Uint32Array.from({ length: ts.length }, (_, i) => i);
    order.sort((a, b) => ts.values[a] - ts.values[b] || a - b);
    const values = Float64Array.from(order, (i) => value.values[i]);
    const low = values.reduce((a, b) => Math.min(a, b), 0);
    const high = values.reduce((a, b) => Math.max(a, b), 0);
    return {
      label, process, low, high, value: values,
      ts: Float64Array.from(order, (i) => nanos(ts.values[i], base)),
    };
  });
}

// linkFlows makes arrows of flow points with the same key: each step and each end is reached from
// the last start or step before it. An end does not close its flow, so one start may have several
// ends.
function linkFlows({ flows, flowKeys }, trace, base, ids) {
  const arrows = { from: [], to: [], fromTime: [], toTime: [], name: [], unbound: 0 };
  const { key, ts, kind } = flows;
  const order = Uint32Array.from({ length: key.length }, (_, i) => i);
  order.sort((a, b) => key.values[a] - key.values[b] || ts.values[a] - ts.values[b]
    || kind.values[a] - kind.values[b] || a - b);
  const reached = new Uint8Array(flowKeys.strings.length);
  let source = null, current = -1;
  for (const p of order) {
    if (key.values[p] !== current) {
      current = key.values[p];
      source = null;
    }
    const point = bindPoint(flows, p, trace, base, ids);
    if (kind.values[p] !== FLOW_START) {
      addArrow(arrows, source, point, flows.name.values[p]);
      reached[current] = 1;
    }
    if (kind.values[p] !== FLOW_END) source = point;
  }
  // A start that nothing answers is work that never ran; it is told as well.
  arrows.unanswered = reached.length - reached.reduce((sum, r) => sum + r, 0);
  return arrows;
}

function bindPoint(flows, p, trace, base, ids) {
  const time = nanos(flows.ts.values[p], base);
  const target = flows.target.values[p];
  switch (flows.bind.values[p]) {
    case BIND_SLICE: {
      const id = ids[target];
      // The slice is the point itself, so the arrow leaves where it ends.
      return { id, time, leave: id < 0 ? time : trace.end[id] };
    }
    case BIND_NEXT: {
      const id = trace.nextSlice(target, time);
      return { id, time: id < 0 ? time : trace.start[id], leave: time };
    }
    default:
      return { id: trace.enclosing(target, time), time, leave: time };
  }
}

function addArrow(arrows, source, point, name) {
  if (source === null || source.id < 0 || point.id < 0) {
    arrows.unbound++;
    return;
  }
  arrows.from.push(source.id);
  arrows.to.push(point.id);
  arrows.fromTime.push(source.leave);
  arrows.toTime.push(point.time);
  arrows.name.push(name);
}
