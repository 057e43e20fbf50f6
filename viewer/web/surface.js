// SPDX-License-Identifier: Apache-2.0

// window.curtain lets scripts and tests look at the page without reading pixels.

import { arrowsOf } from './links.js';
import { placesOf } from './sourcelines.js';
import { text } from './text.js';

// publish makes it. The parts are those of the page, and load reads the trace again; loading is
// fulfilled when that is done for the first time.
export function publish({ view, selection, timeline, navigator, searchField, status }, load, loading) {
  const drawn = () => nextFrame().then(() => surface.state());
  const surface = {
    // ready is fulfilled when the trace is on the screen or has failed to be.
    ready: loading.then(drawn),
    reload: () => load().then(drawn),
    get loaded() { return timeline.trace !== null; },
    get error() { return status.error; },
    get slices() { return timeline.trace?.length ?? 0; },
    get tracks() { return timeline.trace?.tracks.length ?? 0; },
    get arrows() { return timeline.trace?.arrows.length ?? 0; },
    get unboundArrows() { return timeline.trace?.arrows.unbound ?? 0; },
    get unansweredFlows() { return timeline.trace?.arrows.unanswered ?? 0; },
    get counters() { return timeline.trace?.counters.length ?? 0; },
    get skipped() { return Object.fromEntries(timeline.trace?.skipped ?? []); },
    get range() { return { start: view.start, end: view.end }; },
    get frames() { return timeline.frames; },
    get selected() { return selection.id >= 0 ? describe(timeline.trace, selection.id) : null; },
    // query is what has been searched for, which may lag behind what is typed.
    get query() { return searchField.query; },
    get matches() { return searchField.matches; },
    get hiddenArrows() { return timeline.hiddenArrows; },
    get gaps() { return navigator.gaps.map(({ start, end, records }) => ({ start, end, records })); },
    state: () => ({
      loaded: surface.loaded, error: surface.error, slices: surface.slices, tracks: surface.tracks,
      arrows: surface.arrows, unboundArrows: surface.unboundArrows, unansweredFlows: surface.unansweredFlows,
      counters: surface.counters, skipped: surface.skipped,
    }),
    // select goes to the first slice of that name and reports whether there is one.
    select(name) {
      const id = firstNamed(timeline.trace, name);
      navigator.go(id);
      return id >= 0;
    },
    // show sets the range on the screen, in nanoseconds.
    show: (start, end) => view.set(start, end),
    fit: () => view.fitAll(),
    // box returns where the first slice of that name lies in the window, or null.
    box(name) {
      const id = firstNamed(timeline.trace, name);
      return id >= 0 ? timeline.boxOf(id) : null;
    },
    frame: nextFrame,
  };
  window.curtain = Object.freeze(surface);
}

// nextFrame waits until what was changed has been drawn.
function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

function firstNamed(trace, name) {
  if (!trace) return -1;
  const index = trace.names.indexOf(name);
  let best = -1;
  for (let id = 0; id < trace.length; id++) {
    if (trace.name[id] === index && (best < 0 || trace.start[id] < trace.start[best])) best = id;
  }
  return best;
}

function describe(trace, id) {
  const track = trace.trackOf(id);
  const { incoming, outgoing } = arrowsOf(trace, id);
  return {
    id, name: trace.nameOf(id), category: trace.cats[trace.cat[id]],
    process: track.process.name, command: track.process.command, track: track.name, pid: track.process.pid, tid: track.tid, depth: trace.depthOf(id),
    start: trace.start[id], duration: trace.end[id] - trace.start[id], self: trace.selfTime(id),
    args: structuredClone(trace.args[id]),
    places: placesOf(trace, id).map(({ title, file, line, lines }) => `${title} ${file}:${line} ${text(lines[line - 1], 400)}`),
    incoming: incoming.map((a) => trace.nameOf(trace.arrows.from[a])),
    outgoing: outgoing.map((a) => trace.nameOf(trace.arrows.to[a])),
  };
}
