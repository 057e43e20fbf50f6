// SPDX-License-Identifier: Apache-2.0

// The words of curtain's own traces, as package export/chrome writes them: categories, the names of
// arguments, tracks and arrows. No other file of the page spells them. Traces of other tools are
// drawn without them.

export const TURN = 'turn', POLL = 'poll', READINESS = 'readiness', CALLBACK = 'callback', STEP = 'step', WAIT = 'wait';
export const READY = 'ready', CAUSE = 'cause', CALL = 'call', LINE = 'line', SYSTEM_CALL = 'system call', SPAN = 'span', LOST = 'lost';

// CATEGORIES are those of curtain's slices, in the order of the legend.
export const CATEGORIES = [
  TURN, POLL, READINESS, CALLBACK, STEP, WAIT, READY, CAUSE, CALL, LINE, SYSTEM_CALL, SPAN, LOST,
];
const OWN = new Set(CATEGORIES);
export const isOwn = (category) => OWN.has(category);

// The names of arguments that the page knows: what a slice is about, the number of its task, and
// the track that shows the same step once more. REASONS say why a slice ran and how late, PLACE
// says where in the source.
export const WHAT = 'what', TASK = 'task', LANE = 'lane';
export const REASONS = { because: 'Because', queued: 'Queued', late: 'Late' }; // with their titles
export const PLACE = ['file', 'line', 'function'];

// labelOf is what a slice is called on the page: its name and what it is about, as in “waits for
// lock 7”. A step is called like its task.
export function labelOf({ name, cat, args }) {
  const what = isOwn(cat) ? args?.[WHAT] : undefined;
  if (typeof what !== 'string' && typeof what !== 'number') return name;
  return cat === STEP ? what : `${name} ${what}`;
}

// taskOf returns the number of the task that a slice belongs to, or undefined.
export function taskOf(args) {
  return Number.isInteger(args?.[TASK]) ? args[TASK] : undefined;
}

// partnerLane returns the track that shows a step of a loop once more, or undefined.
export const partnerLane = (args) => args?.[LANE];

// defaultTaskName is the name of a task that has no other.
export const defaultTaskName = (task) => `Task-${task}`;

// placeOf returns where in the source a slice is, or undefined.
export function placeOf(args) {
  const { file, line, function: name } = args ?? {};
  if (typeof file !== 'string' || !Number.isInteger(line)) return undefined;
  return { file, line, name: typeof name === 'string' ? name : '' };
}

// Tracks of this name are shared by several tasks.
export const isShared = (trackName) => trackName.startsWith('tasks #');

// loopOf returns the thread that a track of a task belongs to, from the metadata of the track.
export const loopOf = (args) => args.loop;

// commandOf returns how a process was started, from its metadata.
export const commandOf = (args) => args.command;

// sourceOf returns the source file that some metadata brings, or undefined.
export function sourceOf({ source, lines }) {
  return typeof source === 'string' && Array.isArray(lines) ? { file: source, lines } : undefined;
}

// Lost records are a slice of the category lost or, in older files, a moment of this name.
export const isLost = {
  category: (category) => category === LOST,
  name: (name) => /^(\d+ )?records lost( \d+)?$/.test(name),
};

// lostRecords is how many they were, or 0 if that is not known.
export function lostRecords(name, args) {
  return Number.isFinite(args?.records) ? args.records : Number.parseInt(name, 10) || 0;
}

// isCancellation reports whether an arrow of this name is one.
export const isCancellation = (arrowName) => arrowName.startsWith('cancel');
