// SPDX-License-Identifier: Apache-2.0

// Draws the slices, counters and the grid of the timeline.
//
// The work of a frame depends on the pixels, not on the trace: in each visible
// row the first visible slice is found by halving, and slices that end within
// one pixel are drawn as one and jumped over by halving again.

import { firstAbove, firstAtLeast } from './columns.js';
import { ROW_HEIGHT, HEADER_HEIGHT, TRACK_PAD } from './layout.js';
import { drawGaps } from './lost.js';
import { ticks } from './time.js';

const BAR = ROW_HEIGHT - 2;
const MERGED = 1; // px
const LABEL_FROM = 16; // px
const FONT = '12px "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

export const TICK_SPACE = 120; // px

// sizeCanvas fits the canvas's pixels to those of the screen and clears it.
export function sizeCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

// drawTimeline draws what lies between scroll and scroll + height of the layout, but for
// its texts, which it returns for drawTexts: arrows come in between and must not cross them.
export function drawTimeline(ctx, scene) {
  const { layout, scroll, height } = scene;
  const texts = [];
  ctx.font = FONT;
  ctx.textBaseline = 'middle';
  const [from, to] = layout.itemsIn(scroll, scroll + height);
  for (let i = from; i < to; i++) drawBackground(ctx, scene, layout.items[i]);
  drawGrid(ctx, scene);
  for (let i = from; i < to; i++) {
    const item = layout.items[i];
    if (item.kind === 'track') drawTrack(ctx, scene, item, texts);
    else if (item.kind === 'counter') drawCounter(ctx, scene, item);
  }
  return texts;
}

export function drawTexts(ctx, texts) {
  ctx.font = FONT;
  ctx.textBaseline = 'middle';
  for (const { text, x, y, room, color, alpha } of texts) {
    ctx.globalAlpha = alpha;
    ctx.fillStyle = color;
    ctx.fillText(text, x, y, room);
  }
  ctx.globalAlpha = 1;
}

// boxOf is the rectangle that a text fills.
export function boxOf({ x, y, width }) {
  return [x - 2, y - BAR / 2, width + 4, BAR];
}

function drawBackground(ctx, { view, scroll, theme }, item) {
  const y = item.y - scroll;
  if (item.kind === 'process') {
    ctx.fillStyle = theme.header;
    ctx.fillRect(0, y, view.width, item.height);
  }
  ctx.fillStyle = theme.line;
  ctx.fillRect(0, y + item.height - 1, view.width, 1);
}

function drawGrid(ctx, { view, height, theme }) {
  ctx.fillStyle = theme.grid;
  for (const { time } of ticks(view.start, view.end, view.width, TICK_SPACE).marks) {
    ctx.fillRect(Math.round(view.x(time)), 0, 1, height);
  }
}

function drawTrack(ctx, scene, { track, y, height }, texts) {
  drawGaps(ctx, scene, track.position, y - scene.scroll, height - 1);
  for (let depth = 0; depth < track.depth; depth++) {
    const top = y + TRACK_PAD + depth * ROW_HEIGHT - scene.scroll;
    if (top > -ROW_HEIGHT && top < scene.height) drawRow(ctx, scene, track.firstRow + depth, top, texts);
  }
}

function drawRow(ctx, scene, row, top, texts) {
  const { trace, view } = scene;
  const lo = trace.rowStart[row], hi = trace.rowStart[row + 1];
  const markers = [];
  let id = firstAtLeast(trace.end, lo, hi, view.time(-6));
  while (id < hi && trace.start[id] <= view.time(view.width + 6)) {
    const x = view.x(trace.start[id]), width = view.x(trace.end[id]) - x;
    if (width >= MERGED) {
      drawSlice(ctx, scene, id, x, width, top, texts);
      id++;
      continue;
    }
    const column = Math.floor(x);
    const next = Math.max(id + 1, firstAbove(trace.end, id, hi, view.time(column + MERGED)));
    if (next === id + 1 && width === 0) markers.push(id);
    else drawMerged(ctx, scene, id, next, column, top);
    id = next;
  }
  // On top of the bars, and each with the room up to its neighbour.
  for (const marker of markers) drawMarker(ctx, scene, marker, hi, top, texts);
}

function drawSlice(ctx, scene, id, x, width, top, texts) {
  const { trace, view, colors, palette } = scene;
  const color = colors[id];
  const left = Math.max(x, -4), right = Math.min(x + width, view.width + 4);
  ctx.globalAlpha = opacity(scene, id);
  ctx.fillStyle = palette.fill[color];
  if (right - left < 4) {
    ctx.fillStyle = palette.edge[color];
    ctx.fillRect(left, top, Math.max(1, right - left - 0.5), BAR);
  } else {
    drawBox(ctx, palette, color, left, top, right - left);
    const inset = Math.max(left, 0) + 5;
    if (right - inset > LABEL_FROM) {
      const room = Math.min(right, view.width) - inset - 3;
      addText(ctx, scene, texts, { id, x: inset, y: top + BAR / 2 + 0.5, room, color: palette.ink[color] });
    }
  }
  ctx.globalAlpha = 1;
}

function drawBox(ctx, palette, color, left, top, width) {
  ctx.beginPath();
  ctx.roundRect(left + 0.5, top + 0.5, width - 1.5, BAR - 1, 3);
  ctx.fill();
  ctx.strokeStyle = palette.edge[color];
  ctx.lineWidth = 1;
  ctx.stroke();
}

function drawMerged(ctx, scene, from, to, x, top) {
  // One that matches the search stands for all, or it could not be seen from afar.
  const { matches } = scene;
  let shown = from;
  if (matches) {
    const last = Math.min(to, from + 1000);
    for (let id = from; id < last; id++) if (matches[id]) { shown = id; break; }
  }
  ctx.globalAlpha = opacity(scene, shown);
  ctx.fillStyle = scene.palette.edge[scene.colors[shown]];
  ctx.fillRect(x, top, 1, BAR);
  ctx.globalAlpha = 1;
}

// drawMarker draws a slice without length as a diamond, with its name beside it
// where there is room.
function drawMarker(ctx, scene, id, hi, top, texts) {
  const { trace, view, colors, palette, theme } = scene;
  const x = view.x(trace.start[id]), y = top + BAR / 2, r = 5;
  ctx.globalAlpha = opacity(scene, id);
  ctx.beginPath();
  ctx.moveTo(x - r, y);
  ctx.lineTo(x, y - r);
  ctx.lineTo(x + r, y);
  ctx.lineTo(x, y + r);
  ctx.closePath();
  ctx.fillStyle = palette.fill[colors[id]];
  ctx.strokeStyle = palette.edge[colors[id]];
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
  const room = (id + 1 < hi ? view.x(trace.start[id + 1]) - r : view.width) - x - r - 4;
  if (room >= textWidth(ctx, scene, trace.name[id])) {
    addText(ctx, scene, texts, { id, x: x + r + 3, y: y + 0.5, room, color: theme.muted });
  }
  ctx.globalAlpha = 1;
}

function opacity({ matches }, id) {
  return matches && !matches[id] ? 0.25 : 1;
}

// textWidth measures each name once; measuring is the slowest part of drawing text.
function textWidth(ctx, { trace, widths }, name) {
  if (widths[name] === 0) widths[name] = Math.max(0.1, ctx.measureText(trace.names[name]).width);
  return widths[name];
}

// addText notes the label of a slice, shortened to the room there is.
function addText(ctx, scene, texts, { id, x, y, room, color }) {
  const name = scene.trace.name[id];
  let text = scene.trace.names[name];
  const width = textWidth(ctx, scene, name);
  if (width > room) {
    const keep = Math.floor((text.length * (room - 9)) / width);
    if (keep < 1) return;
    text = text.slice(0, keep).trimEnd() + '…';
  }
  if (text !== '') texts.push({ text, x, y, room, width: Math.min(width, room), color, alpha: opacity(scene, id) });
}

function drawCounter(ctx, { trace, view, scroll, theme }, { counter, y, height }) {
  const { ts, value } = counter;
  const base = y - scroll + height - 5, tall = height - 14;
  const low = counter.low, high = counter.high > low ? counter.high : low + 1;
  const level = (v) => base - ((v - low) / (high - low)) * tall;
  const first = Math.max(0, firstAbove(ts, 0, ts.length, view.start) - 1);
  const points = [];
  for (let i = first; i < ts.length && ts[i] <= view.end;) {
    const x = view.x(ts[i]);
    points.push([x, level(value[i])]);
    // The last value in a pixel is the one that stays.
    i = Math.max(i + 1, firstAbove(ts, i, ts.length, view.time(Math.floor(x) + 1)) - 1);
  }
  if (points.length === 0) return;
  const path = steps(points, Math.min(view.width, view.x(trace.duration)));
  ctx.beginPath();
  path.forEach(([x, py], i) => (i === 0 ? ctx.moveTo(x, py) : ctx.lineTo(x, py)));
  ctx.strokeStyle = theme.counter;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.lineTo(path[path.length - 1][0], base);
  ctx.lineTo(path[0][0], base);
  ctx.globalAlpha = 0.22;
  ctx.fillStyle = theme.counter;
  ctx.fill();
  ctx.globalAlpha = 1;
}

function steps(points, right) {
  const path = [];
  points.forEach(([x, y], i) => {
    if (i > 0) path.push([x, points[i - 1][1]]);
    path.push([Math.max(x, -2), y]);
  });
  path.push([right, points[points.length - 1][1]]);
  return path;
}

// drawOutline frames a slice, however small it is.
export function drawOutline(ctx, { trace, layout, view, scroll }, id, color, width) {
  const position = trace.rowTrack[trace.row[id]];
  const top = layout.sliceTop(id) - scroll;
  const middle = view.x((trace.start[id] + trace.end[id]) / 2);
  let left = Math.max(view.x(trace.start[id]), -5), right = Math.min(view.x(trace.end[id]), view.width + 5);
  const least = trace.start[id] === trace.end[id] ? 16 : 5;
  if (right - left < least) [left, right] = [middle - least / 2, middle + least / 2];
  const tall = layout.hidden[position] ? HEADER_HEIGHT - 8 : BAR;
  ctx.beginPath();
  ctx.roundRect(left, top, right - left, tall, 3.5);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.stroke();
}
