// SPDX-License-Identifier: Apache-2.0

// What is known of a slice: its times, why it ran, and where it belongs.

import { definitions, element } from './element.js';
import { processLabel, trackLabel } from './layout.js';
import { chip } from './legend.js';
import { argsOf } from './links.js';
import { LONGEST_VALUE, text } from './text.js';
import { formatDuration, formatTime } from './time.js';
import { REASONS, STEP, defaultTaskName, isShared, taskOf } from './vocabulary.js';

// facts returns them as an element, below the name of the slice.
export function facts({ trace, colors, palette }, id) {
  const track = trace.trackOf(id);
  const duration = trace.end[id] - trace.start[id];
  const box = element('div');
  const title = element('h2');
  title.append(chip(palette, colors[id]), element('span', trace.nameOf(id) || '(no name)', 'name'));
  box.append(title, definitions([
    ['Start', formatTime(trace.start[id]), 'start'],
    ['Duration', formatDuration(duration) + (trace.open[id] ? ', had not ended' : ''), 'duration'],
    ['Self', duration > 0 ? formatDuration(trace.selfTime(id)) : '', 'self'],
    ...reasons(argsOf(trace, id)),
    ['Category', trace.cats[trace.cat[id]], 'category'],
    ['Track', trackLabel(track), 'track'],
    ['Task', taskName(trace, id), 'task'],
    ['Thread', threadName(trace, track), 'thread'],
    ['Process', `${processLabel(track.process)}, ${track.process.pid}`, 'process'],
    ['Command', track.process.command ?? '', 'command'],
  ]));
  return box;
}

// reasons returns the rows of those that are texts.
function reasons(args) {
  return Object.entries(REASONS).map(([key, title]) => [title, typeof args?.[key] === 'string' ? text(args[key], LONGEST_VALUE) : '', key]);
}

// threadName names the loop or thread that a track of a task, say, belongs to.
function threadName(trace, { process, loop }) {
  const track = trace.tracksByIndex[process.threads.get(loop)];
  return track ? trackLabel(track) : '';
}

// taskName names the task that a slice belongs to: the step around it on the loop's track bears its
// name, and so does the track of a task.
function taskName(trace, id) {
  for (let at = id; at >= 0; at = trace.parent[at]) {
    const task = taskOf(trace.args[at]);
    if (task === undefined) continue;
    const { loop, name } = trace.trackOf(at);
    if (loop !== undefined && !isShared(name)) return name;
    if (trace.is(at, STEP)) return trace.nameOf(at);
    if (loop !== undefined) return defaultTaskName(task);
  }
  return '';
}
