// SPDX-License-Identifier: Apache-2.0

// The mouse (or pen, or finger): zoom, pan, select, and the tooltip.

import { trackLabel } from './layout.js';
import { formatDuration } from './time.js';

const DRAG_FROM = 4; // px; less is a click
const NEAR = 5; // px
const LINE = 16; // px per line, where the wheel counts lines

export function bindPointer(app) {
  const { chart, axis } = app.dom;
  chart.addEventListener('wheel', (event) => onWheel(app, event), { passive: false });
  axis.addEventListener('wheel', (event) => onWheel(app, event), { passive: false });
  const pinch = new Pinch(app);
  chart.addEventListener('pointerdown', (event) => { if (!pinch.down(event)) startDrag(app, event, pinch); });
  chart.addEventListener('pointermove', (event) => hover(app, event));
  chart.addEventListener('pointerleave', () => endHover(app));
  chart.addEventListener('dblclick', () => app.fitSelection());
  axis.addEventListener('pointerdown', (event) => startOverview(app, event));
}

function onWheel(app, event) {
  event.preventDefault();
  const unit = event.deltaMode === 0 ? 1 : LINE;
  const dx = event.deltaX * unit, dy = event.deltaY * unit;
  if (event.shiftKey) app.dom.scroller.scrollTop += dy || dx;
  else if (Math.abs(dx) > Math.abs(dy)) app.setView((view) => view.panBy(dx));
  else app.setView((view) => view.zoomAt(event.offsetX, Math.exp(Math.max(-400, Math.min(400, dy)) * 0.002)));
  endHover(app);
}

function startDrag(app, down, pinch) {
  if (down.button !== 0 || !app.trace) return;
  const { chart, scroller } = app.dom;
  let last = down, dragging = false;
  const move = (event) => {
    if (event.pointerId !== down.pointerId || pinch.active) return;
    if (!dragging && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_FROM) return;
    dragging = true;
    chart.classList.add('panning');
    app.setView((view) => view.panBy(last.clientX - event.clientX));
    scroller.scrollTop += last.clientY - event.clientY;
    last = event;
  };
  capture(chart, down, move, (event) => {
    chart.classList.remove('panning');
    if (!dragging && !pinch.was && event.type === 'pointerup') app.select(sliceAt(app, event));
  });
}

// Pinch zooms with two fingers: the time under each stays under it.
class Pinch {
  constructor(app) {
    this.app = app;
    this.points = new Map(); // pointerId -> where it is
    this.was = false; // since the first finger came
    const { chart } = app.dom;
    chart.addEventListener('pointermove', (event) => this.move(event));
    for (const type of ['pointerup', 'pointercancel']) chart.addEventListener(type, (event) => this.points.delete(event.pointerId));
  }

  get active() {
    return this.points.size > 1;
  }

  // down notes a finger and reports whether it is not the first.
  down(event) {
    if (this.points.size === 0) this.was = false;
    this.points.set(event.pointerId, event.offsetX);
    if (!this.active) return false;
    this.was = true;
    this.app.dom.chart.setPointerCapture(event.pointerId);
    return true;
  }

  move(event) {
    if (!this.points.has(event.pointerId)) return;
    const before = [...this.points.values()];
    this.points.set(event.pointerId, event.offsetX);
    const after = [...this.points.values()];
    if (before.length !== 2 || Math.abs(after[1] - after[0]) < DRAG_FROM) return;
    this.app.setView((view) => {
      const [left, right] = before.map((x) => view.time(x));
      const span = ((right - left) / (after[1] - after[0])) * view.width;
      if (!(span > 0)) return;
      const start = left - (after[0] / view.width) * span;
      view.set(start, start + span);
    });
  }
}

// startOverview moves the shown part to where the strip is pointed at.
function startOverview(app, down) {
  if (down.button !== 0 || !app.trace) return;
  const { axis } = app.dom;
  const move = (event) => app.setView((view) => {
    const middle = ((event.clientX - axis.getBoundingClientRect().left) / view.width) * app.trace.duration;
    view.set(middle - view.span / 2, middle + view.span / 2);
  });
  move(down);
  capture(axis, down, move, () => {});
}

function capture(element, down, move, done) {
  const end = (event) => {
    if (event.pointerId !== down.pointerId) return;
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', end);
    element.removeEventListener('pointercancel', end);
    done(event);
  };
  element.setPointerCapture(down.pointerId);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
}

function sliceAt(app, { offsetX, offsetY }) {
  const { view, layout, dom } = app;
  return layout.hit(offsetY + dom.scroller.scrollTop, view.time(offsetX), (NEAR / view.width) * view.span);
}

function hover(app, event) {
  if (!app.trace) return;
  const id = event.buttons === 0 ? sliceAt(app, event) : -1;
  app.hover(id);
  app.dom.chart.style.cursor = id >= 0 ? 'pointer' : '';
  if (id >= 0) showTooltip(app, id, event);
  else app.dom.tooltip.hidden = true;
}

function endHover(app) {
  app.hover(-1);
  app.dom.tooltip.hidden = true;
}

function showTooltip({ trace, dom, view, height }, id, { offsetX, offsetY }) {
  const { tooltip, labels } = dom;
  const duration = trace.end[id] - trace.start[id];
  const name = trace.nameOf(id) || '(no name)';
  tooltip.textContent = `${name.length > 200 ? name.slice(0, 200) + '…' : name}\n`
    + `${duration > 0 ? formatDuration(duration) : 'a moment'} on ${trackLabel(trace.trackOf(id))}`;
  tooltip.hidden = false;
  const left = Math.min(offsetX + 14, view.width - tooltip.offsetWidth - 8);
  const below = offsetY + 18 + tooltip.offsetHeight < height;
  tooltip.style.left = `${labels.offsetWidth + Math.max(0, left)}px`;
  tooltip.style.top = `${below ? offsetY + 18 : Math.max(0, offsetY - tooltip.offsetHeight - 10)}px`;
}
