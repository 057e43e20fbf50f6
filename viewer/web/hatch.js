// SPDX-License-Identifier: Apache-2.0

// Hatches the tracks of a loop where its records were lost.

const NARROWEST = 8; // px
const STEP = 7; // px between the lines

// drawGaps hatches the gaps on a track between two heights.
export function drawGaps(ctx, { viewport, theme, gaps }, position, top, tall) {
  for (const { start, end, tracks } of gaps) {
    if (!tracks.has(position)) continue;
    let left = Math.max(viewport.x(start), -STEP), right = Math.min(viewport.x(end), viewport.width + STEP);
    if (right - left < NARROWEST) [left, right] = [(left + right - NARROWEST) / 2, (left + right + NARROWEST) / 2];
    if (right < 0 || left > viewport.width) continue;
    hatch(ctx, left, top, right - left, tall, theme.lost);
  }
}

function hatch(ctx, x, y, width, tall, color) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, tall);
  ctx.clip();
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  // The lines begin where a fixed grid does, so they stand still when the picture is moved.
  for (let at = Math.floor((x - tall) / STEP) * STEP; at < x + width; at += STEP) {
    ctx.moveTo(at, y + tall);
    ctx.lineTo(at + tall, y);
  }
  ctx.stroke();
  ctx.restore();
}
