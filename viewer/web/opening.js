// SPDX-License-Identifier: Apache-2.0

// Opening chooses what part of a trace the page shows at first: the work of the loops, from their
// first turn to their last. Before it, a program only imports.

import { TURN } from './vocabulary.js';

export class Opening {
  constructor(view) {
    this.view = view;
    this.clear();
  }

  // clear forgets what was shown, so the next trace is shown from the beginning.
  clear() {
    this.shown = undefined;
  }

  // show looks at a trace, or at one that has grown, unless the user has looked elsewhere.
  show(trace) {
    const { view, shown } = this;
    const untouched = !shown || (view.start <= shown.start && view.end >= shown.end);
    view.setLimit(trace.duration);
    if (untouched) {
      const work = workOf(trace);
      if (work) view.fit(work.start, work.end, 0.02);
      else view.fitAll();
    }
    this.shown = { start: view.start, end: view.end };
  }
}

// workOf returns from where to where the turns of loops are, or null.
function workOf(trace) {
  const turn = trace.cats.indexOf(TURN);
  if (turn < 0) return null;
  let start = Infinity, end = -Infinity;
  for (let id = 0; id < trace.length; id++) {
    if (trace.cat[id] !== turn) continue;
    start = Math.min(start, trace.start[id]);
    end = Math.max(end, trace.end[id]);
  }
  return end > start ? { start, end } : null;
}
