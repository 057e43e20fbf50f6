// SPDX-License-Identifier: Apache-2.0

// Where in a trace loops work: before that, a program only imports.

import { TURN } from './vocabulary.js';

// workOf returns from where to where the turns of loops are, or null.
export function workOf(trace) {
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
