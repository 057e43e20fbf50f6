// SPDX-License-Identifier: Apache-2.0

// The words of curtain's own traces, as package export/chrome writes them. What the page
// knows of them it has from here; traces of others are drawn without.

export const STEP = 'step', TURN = 'turn', WAIT = 'wait', READY = 'ready', LOST = 'lost';

// CATEGORIES are those of curtain's slices, in the order of the legend.
export const CATEGORIES = [
  TURN, 'poll', 'readiness', 'callback', STEP, WAIT, READY, 'cause', 'call', 'line', 'system call', 'span', LOST,
];
const OWN = new Set(CATEGORIES);
export const isOwn = (cat) => OWN.has(cat);

// labelOf is what a slice is called on the page: its name and what it is about, as in
// “waits for lock 7”. A step is called like its task.
export function labelOf({ name, cat, args }) {
  const what = isOwn(cat) ? args?.what : undefined;
  if (typeof what !== 'string' && typeof what !== 'number') return name;
  return cat === STEP ? what : `${name} ${what}`;
}

// Tracks of this name are shared by several tasks.
export const isShared = (trackName) => trackName.startsWith('tasks #');

// Lost records are a slice of the category lost or, in older files, a moment of this name.
export const isLost = {
  category: (cat) => cat === LOST,
  name: (name) => /^(\d+ )?records lost( \d+)?$/.test(name),
};

// arrowKind tells what an arrow means: by its name, and whether it leads to a wait, which
// ends there.
export function arrowKind(trace, arrow) {
  const { name, from, to } = trace.arrows;
  if (trace.flowNames[name[arrow]].startsWith('cancel')) return 'cancel';
  return trace.is(to[arrow], WAIT) || trace.is(from[arrow], WAIT) ? 'wait' : 'cause';
}
