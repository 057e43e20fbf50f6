// SPDX-License-Identifier: Apache-2.0

// Draws the counters of the timeline.

import { firstAbove } from './columns.js';

// drawCounter draws the line of a counter, one point for each pixel.
export function drawCounter(ctx, { trace, viewport, theme }, { counter, y, height }) {
  const { ts, value } = counter;
  const base = viewport.y(y) + height - 5, tall = height - 14;
  const low = counter.low, high = counter.high > low ? counter.high : low + 1;
  const level = (v) => base - ((v - low) / (high - low)) * tall;
  const first = Math.max(0, firstAbove(ts, 0, ts.length, viewport.time(0)) - 1);
  const points = [];
  for (let i = first; i < ts.length && ts[i] <= viewport.time(viewport.width);) {
    const x = viewport.x(ts[i]);
    points.push([x, level(value[i])]);
    // The last value in a pixel is the one that stays.
    i = Math.max(i + 1, firstAbove(ts, i, ts.length, viewport.time(Math.floor(x) + 1)) - 1);
  }
  if (points.length === 0) return;
  const path = steps(points, Math.min(viewport.width, viewport.x(trace.duration)));
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
