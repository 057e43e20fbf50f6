// SPDX-License-Identifier: Apache-2.0

// Timeline is the main part of the page: the canvas with its labels, its scroll bar and the strip
// above it. It draws them when they have changed.

import { hiddenText } from './arrows.js';
import { sizeCanvas } from './canvas.js';
import { Labels } from './labels.js';
import { Layout, ROW_HEIGHT } from './layout.js';
import { busyness, drawOverview } from './overview.js';
import { drawPicture } from './picture.js';
import { formatDuration } from './time.js';
import { Viewport } from './viewport.js';

const NEAR = 5; // px from which a slice is pointed at

export class Timeline {
  // dom has the elements axis, chart, hidden, labels, scroller, shown and spacer.
  constructor(dom, { view, selection, theme }) {
    this.dom = dom;
    this.view = view;
    this.selection = selection;
    this.theme = theme;
    this.labels = new Labels(dom.labels, (process) => this.toggle(process));
    this.collapsed = new Set(); // pids
    this.trace = null;
    this.matches = null;
    this.hiddenArrows = 0;
    this.frames = 0;
    this.pending = false;
    new ResizeObserver(() => this.invalidate()).observe(dom.scroller);
    dom.scroller.addEventListener('scroll', () => this.invalidate());
  }

  show(trace, colors, gaps) {
    this.trace = trace;
    this.colors = colors;
    this.gaps = gaps;
    this.matches = null;
    this.widths = new Float32Array(trace.names.length);
    this.busy = busyness(trace, colors);
    this.dom.scroller.hidden = false;
    this.relayout();
  }

  clear() {
    this.trace = null;
    this.dom.scroller.hidden = true;
  }

  // mark makes all slices pale but those that match; null ends that.
  mark(matches) {
    this.matches = matches;
    this.invalidate();
  }

  // toggle folds the tracks of a process, or shows them again.
  toggle(process) {
    if (!this.collapsed.delete(process.pid)) this.collapsed.add(process.pid);
    this.relayout();
  }

  unfold(process) {
    if (this.collapsed.delete(process.pid)) this.relayout();
  }

  relayout() {
    this.layout = new Layout(this.trace, this.collapsed);
    this.dom.spacer.style.height = `${this.layout.height}px`;
    this.invalidate();
  }

  get height() {
    return this.dom.scroller.clientHeight;
  }

  scrollBy(pixels) {
    this.dom.scroller.scrollTop += pixels;
  }

  // scrollTo brings a slice on the screen, if it is not there, with some room around it.
  scrollTo(id, room) {
    const { scroller } = this.dom;
    const top = this.layout.sliceTop(id);
    const before = scroller.scrollTop, tall = this.height;
    if (top < before + ROW_HEIGHT) scroller.scrollTop = top - room;
    else if (top + ROW_HEIGHT * 2 > before + tall) scroller.scrollTop = top + room - tall;
  }

  // sliceAt returns the slice at a point of the canvas, or -1.
  sliceAt(x, y) {
    const { view, layout, dom } = this;
    return layout.hit(y + dom.scroller.scrollTop, view.time(x), (NEAR / view.width) * view.span);
  }

  // boxOf returns where a slice lies in the window.
  boxOf(id) {
    const { trace, view, layout, dom } = this;
    const chart = dom.chart.getBoundingClientRect();
    const top = chart.top + layout.sliceTop(id) - dom.scroller.scrollTop;
    return { left: chart.left + view.x(trace.start[id]), right: chart.left + view.x(trace.end[id]), top, bottom: top + ROW_HEIGHT - 2 };
  }

  // invalidate draws with the next frame of the screen.
  invalidate() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      if (this.trace) this.draw();
    });
  }

  draw() {
    const { dom, view, trace, theme } = this;
    view.width = Math.max(50, dom.scroller.clientWidth - dom.labels.offsetWidth);
    const viewport = new Viewport(view, this.layout, dom.scroller.scrollTop, this.height);
    this.hiddenArrows = drawPicture(sizeCanvas(dom.chart, viewport.width, viewport.height), this.scene(viewport));
    drawOverview(dom.axis, { view, theme: theme.colors, busy: this.busy, duration: trace.duration });
    this.labels.update(this.layout, viewport.scroll, viewport.height);
    dom.shown.textContent = `${formatDuration(view.span)} shown`;
    dom.hidden.textContent = hiddenText(this.hiddenArrows);
    this.frames++;
  }

  scene(viewport) {
    const { trace, colors, gaps, matches, widths, selection, theme } = this;
    return { viewport, trace, colors, gaps, matches, widths, selection, theme: theme.colors, palette: theme.palette };
  }
}
