// SPDX-License-Identifier: Apache-2.0

// The mouse, pen or finger on the timeline: the wheel zooms, dragging pans, a click selects.

import { Pinch } from './pinch.js';

const DRAG_FROM = 4; // px; less is a click
const LINE = 16; // px per line, where the wheel counts lines

// bindPointer listens on the canvas of the timeline and on the strip above it.
export function bindPointer({ chart, axis }, { view, timeline, selection, navigator, tooltip }) {
  const pinch = new Pinch(chart, view);
  const pointed = (event) => timeline.sliceAt(event.offsetX, event.offsetY);
  const leave = () => {
    selection.hover(-1);
    tooltip.hide();
  };
  const hover = (event) => {
    if (!timeline.trace) return;
    const id = event.buttons === 0 ? pointed(event) : -1;
    selection.hover(id);
    chart.style.cursor = id >= 0 ? 'pointer' : '';
    if (id >= 0) tooltip.show(timeline.trace, id, event);
    else tooltip.hide();
  };
  const wheel = (event) => {
    event.preventDefault();
    onWheel(event, { view, timeline });
    leave();
  };
  chart.addEventListener('wheel', wheel, { passive: false });
  axis.addEventListener('wheel', wheel, { passive: false });
  chart.addEventListener('pointerdown', (event) => {
    if (pinch.down(event) || event.button !== 0) return;
    drag(chart, event, pinch, {
      onMove: (dx, dy) => {
        view.panBy(dx);
        timeline.scrollBy(dy);
      },
      onClick: (up) => navigator.select(pointed(up)),
    });
  });
  chart.addEventListener('pointermove', hover);
  chart.addEventListener('pointerleave', leave);
  chart.addEventListener('dblclick', () => navigator.fit());
  axis.addEventListener('pointerdown', (event) => {
    if (event.button === 0) dragStrip(axis, event, view);
  });
}

function onWheel(event, { view, timeline }) {
  const unit = event.deltaMode === 0 ? 1 : LINE;
  const dx = event.deltaX * unit, dy = event.deltaY * unit;
  if (event.shiftKey) timeline.scrollBy(dy || dx);
  else if (Math.abs(dx) > Math.abs(dy)) view.panBy(dx);
  else view.zoomAt(event.offsetX, Math.exp(Math.max(-400, Math.min(400, dy)) * 0.002));
}

// drag tells by how much to move until the pointer is up again, or that it was a click.
function drag(chart, down, pinch, { onMove, onClick }) {
  let last = down, dragging = false;
  const move = (event) => {
    if (event.pointerId !== down.pointerId || pinch.active) return;
    if (!dragging && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_FROM) return;
    dragging = true;
    chart.classList.add('panning');
    onMove(last.clientX - event.clientX, last.clientY - event.clientY);
    last = event;
  };
  capture(chart, down, move, (event) => {
    chart.classList.remove('panning');
    if (!dragging && !pinch.was && event.type === 'pointerup') onClick(event);
  });
}

// dragStrip moves the shown part to where the strip is pointed at.
function dragStrip(axis, down, view) {
  const move = (event) => {
    const middle = ((event.clientX - axis.getBoundingClientRect().left) / view.width) * view.duration;
    view.set(middle - view.span / 2, middle + view.span / 2);
  };
  move(down);
  capture(axis, down, move, () => {});
}

// capture hears of a pointer until it is up, wherever it goes.
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
