// SPDX-License-Identifier: Apache-2.0

// View is the stretch of time on the screen, and its scale.

const SHORTEST = 20; // ns

export class View {
  constructor() {
    this.width = 1; // px
    this.onChange = () => {};
    this.setLimit(0);
    this.fitAll();
  }

  // setLimit tells how long the trace is. A little room stays on both sides.
  setLimit(duration) {
    this.duration = duration;
    this.limit = Math.max(duration, 1000);
  }

  fitAll() {
    const margin = this.limit * 0.02;
    this.set(-margin, this.limit + margin);
  }

  set(start, end) {
    if (!Number.isFinite(start) || !Number.isFinite(end)) return;
    // Beyond the digits of a double, zooming further would change nothing.
    const shortest = Math.max(SHORTEST, Math.abs(start) * 1e-13);
    const span = Math.min(Math.max(end - start, shortest), this.limit * 1.5);
    const middle = start + (end - start) / 2;
    const lowest = -span * 0.5, highest = this.limit - span * 0.5;
    this.start = Math.min(Math.max(middle - span / 2, lowest), Math.max(lowest, highest));
    this.end = this.start + span;
    this.onChange();
  }

  get span() {
    return this.end - this.start;
  }

  x(time) {
    return ((time - this.start) / this.span) * this.width;
  }

  time(x) {
    return this.start + (x / this.width) * this.span;
  }

  panBy(pixels) {
    const by = (pixels / this.width) * this.span;
    this.set(this.start + by, this.end + by);
  }

  // zoomAt keeps the time under x where it is.
  zoomAt(x, factor) {
    const time = this.time(x);
    const span = Math.min(Math.max(this.span * factor, SHORTEST), this.limit * 1.5);
    const start = time - (x / this.width) * span;
    this.set(start, start + span);
  }

  // show moves as little as needed to have the stretch on the screen, and zooms out only if it is
  // longer than that.
  show(start, end) {
    const margin = this.span * 0.08;
    if (end - start > this.span) this.fit(start, end);
    else if (start < this.start || end > this.end) {
      const middle = start + (end - start) / 2;
      this.set(middle - this.span / 2, middle + this.span / 2);
    } else if (start < this.start + margin && end < this.end - margin) this.panBy(-this.width * 0.1);
    else if (end > this.end - margin && start > this.start + margin) this.panBy(this.width * 0.1);
  }

  fit(start, end, room = 0.15) {
    const margin = (end - start) * room;
    this.set(start - margin, end + margin);
  }
}
