// SPDX-License-Identifier: Apache-2.0

// window.curtain lets scripts and tests look at the page without reading pixels.

import { ROW_HEIGHT } from './layout.js';
import { placesOf } from './places.js';
import { text } from './text.js';

export function publish(app, loading) {
  const surface = {
    // ready is fulfilled when the trace is on the screen or has failed to be.
    ready: loading.then(() => nextFrame()).then(() => surface.state()),
    reload: () => app.load().then(() => nextFrame()).then(() => surface.state()),
    get loaded() { return app.trace !== null; },
    get error() { return app.error; },
    get slices() { return app.trace?.length ?? 0; },
    get tracks() { return app.trace?.tracks.length ?? 0; },
    get arrows() { return app.trace?.arrows.length ?? 0; },
    get unboundArrows() { return app.trace?.arrows.unbound ?? 0; },
    get unansweredFlows() { return app.trace?.arrows.unanswered ?? 0; },
    get counters() { return app.trace?.counters.length ?? 0; },
    get skipped() { return Object.fromEntries(app.trace?.skipped ?? []); },
    get range() { return { start: app.view.start, end: app.view.end }; },
    get frames() { return app.frames; },
    get selected() { return app.trace && app.selected >= 0 ? describe(app, app.selected) : null; },
    get matches() { return app.search?.ids.length ?? 0; },
    get hiddenArrows() { return app.hidden ?? 0; },
    get gaps() { return (app.gaps ?? []).map(({ start, end, records }) => ({ start, end, records })); },
    state: () => ({
      loaded: surface.loaded, error: surface.error, slices: surface.slices, tracks: surface.tracks,
      arrows: surface.arrows, unboundArrows: surface.unboundArrows, unansweredFlows: surface.unansweredFlows,
      counters: surface.counters, skipped: surface.skipped,
    }),
    // select goes to the first slice of that name and reports whether there is one.
    select(name) {
      const id = firstNamed(app.trace, name);
      if (id >= 0) app.go(id);
      return id >= 0;
    },
    // show sets the range on the screen, in nanoseconds.
    show: (start, end) => app.setView((view) => view.set(start, end)),
    fit: () => app.setView((view) => view.fitAll()),
    // box returns where the first slice of that name lies in the window, or null.
    box: (name) => box(app, firstNamed(app.trace, name)),
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

function describe({ trace }, id) {
  const track = trace.trackOf(id);
  const { incoming, outgoing } = trace.arrowsOf(id);
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

function box({ trace, view, layout, dom }, id) {
  if (id < 0) return null;
  const chart = dom.chart.getBoundingClientRect();
  const left = chart.left + view.x(trace.start[id]), right = chart.left + view.x(trace.end[id]);
  const top = chart.top + layout.sliceTop(id) - dom.scroller.scrollTop;
  return { left, right, top, bottom: top + ROW_HEIGHT - 2 };
}
