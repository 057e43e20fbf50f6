// SPDX-License-Identifier: Apache-2.0

// Draws one frame of the timeline. A scene has what there is to see in it: the viewport, the trace
// with its colors and gaps, which slices match the search, the selection with its arrows, and the
// theme, palette and widths of names to draw them with.

import { drawArrows } from './arrows.js';
import { drawCounter } from './counter.js';
import { drawGaps } from './hatch.js';
import { ROW_HEIGHT, TRACK_PAD } from './layout.js';
import { drawOutline } from './outline.js';
import { boxOf, drawTexts } from './names.js';
import { drawRow } from './slices.js';
import { TICK_SPACE, ticks } from './time.js';

// drawPicture returns how many arrows in sight are hidden. Arrows come between the slices and their
// names, which they must not cross.
export function drawPicture(ctx, scene) {
  const items = scene.viewport.items();
  for (const item of items) drawBackground(ctx, scene, item);
  drawGrid(ctx, scene);
  const texts = [];
  for (const item of items) {
    if (item.kind === 'track') drawTrack(ctx, scene, item, texts);
    else if (item.kind === 'counter') drawCounter(ctx, scene, item);
  }
  const hidden = drawArrows(ctx, scene, texts.map(boxOf));
  drawTexts(ctx, texts);
  drawMarked(ctx, scene);
  return hidden;
}

function drawBackground(ctx, { viewport, theme }, item) {
  const y = viewport.y(item.y);
  if (item.kind === 'process') {
    ctx.fillStyle = theme.header;
    ctx.fillRect(0, y, viewport.width, item.height);
  }
  ctx.fillStyle = theme.line;
  ctx.fillRect(0, y + item.height - 1, viewport.width, 1);
}

function drawGrid(ctx, { viewport, theme }) {
  ctx.fillStyle = theme.grid;
  for (const { time } of ticks(viewport.time(0), viewport.time(viewport.width), viewport.width, TICK_SPACE).marks) {
    ctx.fillRect(Math.round(viewport.x(time)), 0, 1, viewport.height);
  }
}

function drawTrack(ctx, scene, { track, y, height }, texts) {
  const { viewport } = scene;
  drawGaps(ctx, scene, track.position, viewport.y(y), height - 1);
  for (let depth = 0; depth < track.depth; depth++) {
    const top = viewport.y(y + TRACK_PAD + depth * ROW_HEIGHT);
    if (top > -ROW_HEIGHT && top < viewport.height) drawRow(ctx, scene, track.firstRow + depth, top, texts);
  }
}

function drawMarked(ctx, scene) {
  const { selection, theme } = scene;
  if (selection.hovered >= 0 && selection.hovered !== selection.id) drawOutline(ctx, scene, selection.hovered, theme.muted, 1.5);
  if (selection.id >= 0) drawOutline(ctx, scene, selection.id, theme.selected, 2.2);
}
