// SPDX-License-Identifier: Apache-2.0

// What belongs to a slice beside itself: its arrows, and the slice that shows the same step on
// another track.

import { firstAbove } from './columns.js';
import { READY, STEP, WAIT, isCancellation, partnerLane } from './vocabulary.js';

export const NO_ARROWS = { incoming: [], outgoing: [] };

// partner returns the slice on a task's track that shows the same step as one on the loop's track,
// or -1. The arrows and places are there. Older files do not say which track it is.
export function partner(trace, id) {
  const lane = trace.is(id, STEP) ? partnerLane(trace.args[id]) : undefined;
  const track = trace.tracksByIndex[trace.trackOf(id).process.threads.get(lane)];
  if (!track?.depth) return -1;
  const hi = trace.rowStart[track.firstRow + 1];
  let other = firstAbove(trace.end, trace.rowStart[track.firstRow], hi, trace.start[id]);
  while (other < hi && trace.start[other] < trace.end[id] && !trace.is(other, STEP)) other++;
  return other < hi && trace.start[other] < trace.end[id] ? other : -1;
}

// argsOf returns the arguments of a slice, with those of its partner.
export function argsOf(trace, id) {
  const other = partner(trace, id);
  return other < 0 ? trace.args[id] : { ...trace.args[id], ...trace.args[other] };
}

// arrowsOf returns the arrows of a slice and of its partner. Those of slices without length that
// lie directly in it are its own: they only mark where in it something was scheduled. What woke a
// task is what ended its wait.
export function arrowsOf(trace, id) {
  const found = { incoming: [], outgoing: [] };
  gather(trace, id, found);
  const other = partner(trace, id);
  if (other >= 0) gather(trace, other, found);
  const resumed = found.incoming.length === 0 ? resumption(trace, id) : -1;
  if (resumed >= 0) found.incoming.push(...trace.incoming(resumed));
  const byTime = (a, b) => trace.arrows.fromTime[a] - trace.arrows.fromTime[b];
  return { incoming: found.incoming.sort(byTime), outgoing: found.outgoing.sort(byTime) };
}

function gather(trace, id, { incoming, outgoing }) {
  const add = (slice) => {
    for (const arrow of trace.incoming(slice)) incoming.push(arrow);
    for (const arrow of trace.outgoing(slice)) outgoing.push(arrow);
  };
  add(id);
  const [from, to] = trace.children(id);
  for (let c = from; c < to; c++) if (trace.end[c] === trace.start[c]) add(c);
}

// resumption returns the step that follows a wait of a task, or the time it was ready, or -1.
function resumption(trace, id) {
  if (!trace.is(id, WAIT) && !trace.is(id, READY)) return -1;
  const hi = trace.rowStart[trace.row[id] + 1];
  let next = id + 1;
  while (next < hi && trace.is(next, READY)) next++;
  return next < hi && trace.is(next, STEP) ? next : -1;
}

// follow returns the slice at the other end of the first arrow that leaves (or reaches) the slice
// or, if it has none, the nearest one around it; or -1.
export function follow(trace, id, forward) {
  for (let at = id; at >= 0; at = trace.parent[at]) {
    const { incoming, outgoing } = arrowsOf(trace, at);
    if (forward && outgoing.length > 0) return trace.arrows.to[outgoing[0]];
    if (!forward && incoming.length > 0) return trace.arrows.from[incoming[0]];
  }
  return -1;
}

// arrowKind tells what an arrow means: by its name, and whether it leads to a wait, which ends
// there.
export function arrowKind(trace, arrow) {
  const { name, from, to } = trace.arrows;
  if (isCancellation(trace.flowNames[name[arrow]])) return 'cancel';
  return trace.is(to[arrow], WAIT) || trace.is(from[arrow], WAIT) ? 'wait' : 'cause';
}
