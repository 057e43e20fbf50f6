// SPDX-License-Identifier: Apache-2.0

// The names of slices on the timeline. They are gathered first and drawn last.

import { FONT } from './canvas.js';
import { BAR } from './layout.js';
import { opacity } from './search.js';

// nameWidth measures each name once; measuring is the slowest part of drawing text. The widths are
// 0 until then.
export function nameWidth(ctx, { trace, widths }, name) {
  if (widths[name] === 0) {
    ctx.font = FONT;
    widths[name] = Math.max(0.1, ctx.measureText(trace.names[name]).width);
  }
  return widths[name];
}

// addName adds the name of a slice to texts, shortened to the room there is.
export function addName(ctx, scene, texts, { id, x, y, room, color }) {
  const name = scene.trace.name[id];
  let text = scene.trace.names[name];
  const width = nameWidth(ctx, scene, name);
  if (width > room) {
    const keep = Math.floor((text.length * (room - 9)) / width);
    if (keep < 1) return;
    text = text.slice(0, keep).trimEnd() + '…';
  }
  if (text !== '') texts.push({ text, x, y, room, width: Math.min(width, room), color, alpha: opacity(scene, id) });
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
