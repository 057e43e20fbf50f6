// SPDX-License-Identifier: Apache-2.0

// The strip above the timeline: how busy the whole trace is, which part of it is shown, and the
// time axis of that part.

import { isWork } from './color.js';
import { sizeCanvas } from './canvas.js';
import { TICK_SPACE, ticks } from './time.js';

const BINS = 600;
const STRIP = 26; // px, the overview; the axis lies below
const HEIGHT = 51;

// busyness returns how many outermost slices run in each part of the trace. Waiting is not work.
export function busyness(trace, colors) {
  const change = new Float64Array(BINS + 1);
  const scale = BINS / Math.max(1, trace.duration);
  for (const { firstRow } of trace.tracks) {
    for (let id = trace.rowStart[firstRow]; id < trace.rowStart[firstRow + 1]; id++) {
      if (!isWork(colors[id])) continue;
      spread(change, trace.start[id] * scale, trace.end[id] * scale);
    }
  }
  let level = 0;
  const bins = change.map((c) => (level += c)).subarray(0, BINS);
  const most = bins.reduce((a, b) => Math.max(a, b), 1e-9);
  return bins.map((b) => b / most);
}

// spread adds the share of each bin that the stretch covers, as changes from bin to bin.
function spread(change, from, to) {
  const first = Math.min(BINS - 1, Math.floor(from)), last = Math.min(BINS - 1, Math.floor(to));
  if (first === last) {
    const share = Math.max(to - from, 0.02);
    change[first] += share;
    change[first + 1] -= share;
    return;
  }
  const head = first + 1 - from, tail = to - last;
  change[first] += head;
  change[first + 1] += 1 - head;
  change[last] += tail - 1;
  change[last + 1] -= tail;
}

// drawOverview draws the strip and the axis below it.
export function drawOverview(canvas, { view, theme, busy, duration }) {
  const ctx = sizeCanvas(canvas, view.width, HEIGHT);
  drawBusy(ctx, view.width, theme, busy);
  drawShown(ctx, view, theme, duration);
  drawAxis(ctx, view, theme);
}

function drawBusy(ctx, width, theme, busy) {
  const step = width / BINS, base = STRIP - 2;
  ctx.beginPath();
  ctx.moveTo(0, base);
  for (let b = 0; b < BINS; b++) {
    const top = busy[b] === 0 ? base : base - 2 - busy[b] * (STRIP - 9);
    ctx.lineTo(b * step, top);
    ctx.lineTo((b + 1) * step, top);
  }
  ctx.lineTo(width, base);
  ctx.fillStyle = theme.accent;
  ctx.globalAlpha = 0.45;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.line;
  ctx.fillRect(0, STRIP, width, 1);
}

function drawShown(ctx, view, theme, duration) {
  const scale = view.width / Math.max(1, duration);
  let left = Math.max(0, view.start * scale), right = Math.min(view.width, view.end * scale);
  if (right - left < 3) [left, right] = [left - 1, left + 2];
  ctx.fillStyle = theme.page;
  ctx.globalAlpha = 0.6;
  ctx.fillRect(0, 0, left, STRIP);
  ctx.fillRect(right, 0, view.width - right, STRIP);
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.shade;
  ctx.fillRect(left, 0, right - left, STRIP);
  ctx.fillStyle = theme.accent;
  ctx.fillRect(left, 0, 1.5, STRIP);
  ctx.fillRect(right - 1.5, 0, 1.5, STRIP);
}

function drawAxis(ctx, view, theme) {
  ctx.font = '11.5px "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
  ctx.textBaseline = 'middle';
  for (const { time, label } of ticks(view.start, view.end, view.width, TICK_SPACE).marks) {
    const x = Math.round(view.x(time));
    ctx.fillStyle = theme.line;
    ctx.fillRect(x, STRIP, 1, HEIGHT - STRIP);
    ctx.fillStyle = theme.muted;
    ctx.fillText(label, x + 5, STRIP + 14);
  }
}
