// SPDX-License-Identifier: Apache-2.0

// Draws the slices of a row.
//
// The work depends on the pixels, not on the trace: the first visible slice is found by halving,
// and slices that end within one pixel are drawn as one and jumped over by halving again.

import { firstAbove, firstAtLeast } from './columns.js';
import { BAR } from './layout.js';
import { addName, nameWidth } from './names.js';
import { opacity } from './search.js';

const MERGED = 1; // px
const LABEL_FROM = 16; // px

// drawRow draws what of a row is in sight, and adds the names there is room for to texts.
export function drawRow(ctx, scene, row, top, texts) {
  const { trace, viewport } = scene;
  const lo = trace.rowStart[row], hi = trace.rowStart[row + 1];
  const markers = [];
  let id = firstAtLeast(trace.end, lo, hi, viewport.time(-6));
  while (id < hi && trace.start[id] <= viewport.time(viewport.width + 6)) {
    const x = viewport.x(trace.start[id]), width = viewport.x(trace.end[id]) - x;
    if (width >= MERGED) {
      drawSlice(ctx, scene, id, x, width, top, texts);
      id++;
      continue;
    }
    const column = Math.floor(x);
    const next = Math.max(id + 1, firstAbove(trace.end, id, hi, viewport.time(column + MERGED)));
    if (next === id + 1 && width === 0) markers.push(id);
    else drawMerged(ctx, scene, id, next, column, top);
    id = next;
  }
  // On top of the bars, and each with the room up to its neighbour.
  for (const marker of markers) drawMarker(ctx, scene, marker, hi, top, texts);
}

function drawSlice(ctx, scene, id, x, width, top, texts) {
  const { viewport, colors, palette } = scene;
  const color = colors[id];
  const left = Math.max(x, -4), right = Math.min(x + width, viewport.width + 4);
  ctx.globalAlpha = opacity(scene, id);
  ctx.fillStyle = palette.fill[color];
  if (right - left < 4) {
    ctx.fillStyle = palette.edge[color];
    ctx.fillRect(left, top, Math.max(1, right - left - 0.5), BAR);
  } else {
    drawBox(ctx, palette, color, left, top, right - left);
    const inset = Math.max(left, 0) + 5;
    if (right - inset > LABEL_FROM) {
      const room = Math.min(right, viewport.width) - inset - 3;
      addName(ctx, scene, texts, { id, x: inset, y: top + BAR / 2 + 0.5, room, color: palette.ink[color] });
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

// drawMarker draws a slice without length as a diamond, with its name beside it where there is
// room.
function drawMarker(ctx, scene, id, hi, top, texts) {
  const { trace, viewport, colors, palette, theme } = scene;
  const x = viewport.x(trace.start[id]), y = top + BAR / 2, r = 5;
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
  const room = (id + 1 < hi ? viewport.x(trace.start[id + 1]) - r : viewport.width) - x - r - 4;
  if (room >= nameWidth(ctx, scene, trace.name[id])) {
    addName(ctx, scene, texts, { id, x: x + r + 3, y: y + 0.5, room, color: theme.muted });
  }
  ctx.globalAlpha = 1;
}
