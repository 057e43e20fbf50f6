// SPDX-License-Identifier: Apache-2.0

// Pinch zooms with two fingers: the time under each stays under it.

const LEAST = 4; // px between the fingers

export class Pinch {
  constructor(chart, view) {
    this.chart = chart;
    this.view = view;
    this.points = new Map(); // pointerId -> where it is
    this.was = false; // since the first finger came
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
    this.chart.setPointerCapture(event.pointerId);
    return true;
  }

  move(event) {
    if (!this.points.has(event.pointerId)) return;
    const before = [...this.points.values()];
    this.points.set(event.pointerId, event.offsetX);
    const after = [...this.points.values()];
    if (before.length === 2 && Math.abs(after[1] - after[0]) >= LEAST) this.zoom(before, after);
  }

  zoom(before, after) {
    const { view } = this;
    const [left, right] = before.map((x) => view.time(x));
    const span = ((right - left) / (after[1] - after[0])) * view.width;
    if (!(span > 0)) return;
    const start = left - (after[0] / view.width) * span;
    view.set(start, start + span);
  }
}
