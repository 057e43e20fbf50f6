// SPDX-License-Identifier: Apache-2.0

// Draws the arrows from where work was scheduled to where it ran.

import { ROW_HEIGHT } from './layout.js';

// With more arrows than this on the screen only those of the selection are drawn.
const MOST = 2000;
const MIDDLE = (ROW_HEIGHT - 2) / 2;

// drawArrows draws all arrows faintly, if they are not too many, and those of
// the selected slice strongly.
export function drawArrows(ctx, scene) {
  const { theme, selectedArrows } = scene;
  const strong = new Set([...selectedArrows.incoming, ...selectedArrows.outgoing]);
  const faint = strong.size > 0 ? theme.arrowDim : theme.arrow;
  for (const arrow of visibleArrows(scene)) {
    if (!strong.has(arrow)) drawArrow(ctx, scene, arrow, faint, 1.3);
  }
  for (const arrow of selectedArrows.incoming.slice(0, MOST)) drawArrow(ctx, scene, arrow, theme.incoming, 2.2);
  for (const arrow of selectedArrows.outgoing.slice(0, MOST)) drawArrow(ctx, scene, arrow, theme.outgoing, 2.2);
}

// visibleArrows returns the arrows with an end on the screen, or none of them
// if they are too many to tell anything. One that only passes through would
// point at nothing.
function visibleArrows({ trace, view, layout, scroll, height }) {
  const { arrows } = trace;
  const seen = [];
  const inView = (time) => time >= view.start && time <= view.end;
  const onScreen = (id) => {
    const y = layout.sliceTop(id) - scroll;
    return y > -ROW_HEIGHT && y < height;
  };
  for (let a = 0; a < arrows.length; a++) {
    const begins = inView(arrows.fromTime[a]), ends = inView(arrows.toTime[a]);
    if (!begins && !ends) continue;
    if (!(begins && onScreen(arrows.from[a])) && !(ends && onScreen(arrows.to[a]))) continue;
    if (seen.length === MOST) return [];
    seen.push(a);
  }
  return seen;
}

function drawArrow(ctx, { trace, view, layout, scroll }, arrow, color, width) {
  const { arrows } = trace;
  // Ends far outside keep their direction; a canvas is not made for coordinates of 1e9.
  const near = (x) => Math.min(Math.max(x, -3000), view.width + 3000);
  const x1 = near(view.x(arrows.fromTime[arrow])), x2 = near(view.x(arrows.toTime[arrow]));
  const y1 = layout.sliceTop(arrows.from[arrow]) - scroll + MIDDLE;
  const y2 = layout.sliceTop(arrows.to[arrow]) - scroll + MIDDLE;
  const head = width > 2 ? 9 : 7;
  const bend = Math.min(Math.max(Math.abs(x2 - x1) * 0.45, 18), 140);

  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.bezierCurveTo(x1 + bend, y1, x2 - head - bend, y2, x2 - head + 1, y2);
  ctx.stroke();
  drawHead(ctx, x2, y2, head);
  ctx.beginPath();
  ctx.arc(x1, y1, width + 0.7, 0, 2 * Math.PI);
  ctx.fill();
}

function drawHead(ctx, x, y, size) {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x - size, y - size * 0.5);
  ctx.lineTo(x - size * 0.75, y);
  ctx.lineTo(x - size, y + size * 0.5);
  ctx.closePath();
  ctx.fill();
}
