// SPDX-License-Identifier: Apache-2.0

// Draws the arrows from where work was scheduled to where it ran.

import { BAR, ROW_HEIGHT } from './layout.js';
import { arrowKind } from './links.js';

// With more arrows than this in sight only those of the selected and the hovered slice are drawn: a
// thicket tells nothing.
export const FEW = 100;
const COUNTED = 10000; // beyond it does not matter how many they are
const MOST = 2000; // of one slice
const MIDDLE = BAR / 2;
const DASHES = { wait: [5, 4], cancel: [], cause: [] };

// drawArrows draws the arrows faintly, if they are few, and those of the selected and the hovered
// slice strongly. It returns how many in sight are hidden. Texts are spared: an arrow passes behind
// them.
export function drawArrows(ctx, scene, texts) {
  const { theme, selection } = scene;
  const strong = new Set();
  for (const { incoming, outgoing } of [selection.arrows, selection.hoveredArrows]) {
    for (const arrow of incoming) strong.add(arrow);
    for (const arrow of outgoing) strong.add(arrow);
  }
  const { seen, count } = arrowsInSight(scene, strong);
  const faint = strong.size > 0 ? theme.arrowDim : theme.arrow;
  ctx.save();
  spare(ctx, scene, texts);
  for (const arrow of seen) drawArrow(ctx, scene, arrow, faint, 1.3);
  for (const { incoming, outgoing } of [selection.hoveredArrows, selection.arrows]) {
    for (const arrow of incoming.slice(0, MOST)) drawArrow(ctx, scene, arrow, theme.incoming, 2.2);
    for (const arrow of outgoing.slice(0, MOST)) drawArrow(ctx, scene, arrow, theme.outgoing, 2.2);
  }
  ctx.restore();
  return count - seen.length;
}

// spare keeps the texts out of what is drawn from here on.
function spare(ctx, { viewport }, texts) {
  ctx.beginPath();
  ctx.rect(0, 0, viewport.width, viewport.height);
  for (const [x, y, width, tall] of texts) ctx.rect(x, y, width, tall);
  ctx.clip('evenodd');
}

// arrowsInSight counts the arrows with an end on the screen, other than the strong ones, and
// returns them if they are few. One that only passes through would point at nothing.
function arrowsInSight({ trace, viewport }, strong) {
  const { arrows } = trace;
  const begin = viewport.time(0), end = viewport.time(viewport.width);
  const seen = [];
  let count = 0;
  const inView = (time) => time >= begin && time <= end;
  const onScreen = (id) => {
    const y = viewport.sliceTop(id);
    return y > -ROW_HEIGHT && y < viewport.height;
  };
  for (let a = 0; a < arrows.length && count < COUNTED; a++) {
    const begins = inView(arrows.fromTime[a]), ends = inView(arrows.toTime[a]);
    if (!begins && !ends) continue;
    if (!(begins && onScreen(arrows.from[a])) && !(ends && onScreen(arrows.to[a]))) continue;
    if (strong.has(a)) continue;
    count++;
    if (seen.length <= FEW) seen.push(a);
  }
  return { seen: count > FEW ? [] : seen, count };
}

// hiddenText says how many arrows are not drawn.
export function hiddenText(hidden) {
  if (hidden === 0) return '';
  return `${hidden >= COUNTED ? 'over ' : ''}${hidden.toLocaleString('en')} arrow${hidden === 1 ? '' : 's'} hidden`;
}

function drawArrow(ctx, { trace, viewport, theme }, arrow, color, width) {
  const { arrows } = trace;
  const kind = arrowKind(trace, arrow);
  // Ends far outside keep their direction; a canvas is not made for coordinates of 1e9.
  const near = (x) => Math.min(Math.max(x, -3000), viewport.width + 3000);
  const x1 = near(viewport.x(arrows.fromTime[arrow])), x2 = near(viewport.x(arrows.toTime[arrow]));
  const y1 = viewport.sliceTop(arrows.from[arrow]) + MIDDLE;
  const y2 = viewport.sliceTop(arrows.to[arrow]) + MIDDLE;
  const head = width > 2 ? 9 : 7;
  const bend = Math.min(Math.max(Math.abs(x2 - x1) * 0.45, 18), 140);

  ctx.strokeStyle = ctx.fillStyle = kind === 'cancel' ? theme.cancel : color;
  ctx.lineWidth = width;
  ctx.setLineDash(DASHES[kind]);
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.bezierCurveTo(x1 + bend, y1, x2 - head - bend, y2, x2 - head + 1, y2);
  ctx.stroke();
  ctx.setLineDash([]);
  if (kind === 'cancel') drawCross(ctx, x2 - head / 2, y2, head * 0.5);
  else drawHead(ctx, x2, y2, head);
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

// drawCross ends a cancellation, which is told from a cause without its colour, too.
function drawCross(ctx, x, y, size) {
  ctx.beginPath();
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.moveTo(x - size, y + size);
  ctx.lineTo(x + size, y - size);
  ctx.stroke();
}
