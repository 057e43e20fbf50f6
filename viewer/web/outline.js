// SPDX-License-Identifier: Apache-2.0

// Frames the selected slice and the one that is pointed at.

import { BAR, HEADER_HEIGHT } from './layout.js';

// drawOutline frames a slice, however small it is.
export function drawOutline(ctx, { trace, viewport }, id, color, width) {
  const position = trace.rowTrack[trace.row[id]];
  const top = viewport.sliceTop(id);
  const middle = viewport.x((trace.start[id] + trace.end[id]) / 2);
  let left = Math.max(viewport.x(trace.start[id]), -5), right = Math.min(viewport.x(trace.end[id]), viewport.width + 5);
  const least = trace.start[id] === trace.end[id] ? 16 : 5;
  if (right - left < least) [left, right] = [middle - least / 2, middle + least / 2];
  const tall = viewport.layout.hidden[position] ? HEADER_HEIGHT - 8 : BAR;
  ctx.beginPath();
  ctx.roundRect(left, top, right - left, tall, 3.5);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.stroke();
}
