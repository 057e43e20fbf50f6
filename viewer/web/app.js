// SPDX-License-Identifier: Apache-2.0

// The page: it loads the trace, holds what is shown, and draws when that changes.

import { drawArrows } from './arrows.js';
import { assignColors, palette } from './color.js';
import { showDetails } from './details.js';
import { drawOutline, drawTimeline, sizeCanvas } from './draw.js';
import { bindControls } from './controls.js';
import { bindPointer } from './interact.js';
import { bindKeys } from './keys.js';
import { Labels } from './labels.js';
import { Layout, ROW_HEIGHT } from './layout.js';
import { decode, encode, findSlice, sliceKey } from './link.js';
import { load } from './load.js';
import { busyness, drawTop } from './overview.js';
import { Search } from './search.js';
import { TraceFormatError } from './scan.js';
import { publish } from './surface.js';
import { formatDuration } from './time.js';
import { Trail } from './trail.js';
import { View } from './view.js';

const THEME = {
  page: '--page', header: '--header', line: '--line', grid: '--grid', muted: '--muted', accent: '--accent',
  arrow: '--arrow', arrowDim: '--arrow-dim', incoming: '--incoming', outgoing: '--outgoing',
  selected: '--selected', counter: '--counter', shade: '--shade',
};
const NO_ARROWS = { incoming: [], outgoing: [] };

export class App {
  constructor() {
    this.dom = Object.fromEntries([...document.querySelectorAll('[id]')].map((e) => [e.id, e]));
    this.view = new View();
    this.collapsed = new Set(); // pids
    this.labels = new Labels(this.dom.labels, (process) => this.toggle(process));
    this.trace = null;
    this.error = '';
    this.selected = -1;
    this.hovered = -1;
    this.frames = 0;
    this.pending = false;
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.readTheme();
  }

  start() {
    this.scheme.addEventListener('change', () => this.readTheme());
    new ResizeObserver(() => this.invalidate()).observe(this.dom.scroller);
    this.dom.scroller.addEventListener('scroll', () => this.invalidate());
    window.addEventListener('hashchange', () => this.restore());
    bindPointer(this);
    bindKeys(this);
    bindControls(this);
    return this.load();
  }

  // load reads the trace. After the first time it keeps the view, the selection
  // and the search.
  async load() {
    const before = this.trace && this.selected >= 0 ? sliceKey(this.trace, this.selected) : '';
    this.say('Reading the trace…');
    try {
      const { trace, ...file } = await load('trace', (bytes) => this.say(`Reading the trace… ${(bytes / 1e6).toFixed(1)} MB`));
      const first = this.trace === null;
      this.setTrace(trace, file);
      if (first) this.restore();
      else if (before !== '') this.select(findSlice(trace, before));
      this.say('');
    } catch (error) {
      this.fail(error);
    }
    this.invalidate();
  }

  say(text) {
    this.error = '';
    this.dom.message.textContent = text;
    this.dom.message.hidden = text === '';
    this.dom.message.classList.remove('error');
  }

  fail(error) {
    if (!(error instanceof TraceFormatError)) console.error(error);
    this.error = error instanceof TraceFormatError ? error.message : `The page failed to show this trace: ${error.message}`;
    this.trace = null;
    this.selected = this.hovered = -1;
    this.dom.scroller.hidden = true;
    this.dom.notice.hidden = true;
    this.dom.stats.textContent = '';
    this.dom.details.replaceChildren();
    this.dom.message.textContent = this.error;
    this.dom.message.hidden = false;
    this.dom.message.classList.add('error');
  }

  setTrace(trace, file) {
    const query = this.search?.query ?? '';
    this.trace = trace;
    this.colors = assignColors(trace);
    this.legend = legend(trace, this.colors);
    this.widths = new Float32Array(trace.names.length);
    this.busy = busyness(trace, this.colors);
    this.search = new Search(trace);
    this.trail = new Trail();
    this.find(query);
    this.selected = this.hovered = -1;
    this.selectedArrows = NO_ARROWS;
    const grew = this.view.limit !== Math.max(trace.duration, 1000);
    const whole = this.view.span >= this.view.limit;
    this.view.setLimit(trace.duration);
    if (grew && whole) this.view.fitAll();
    this.dom.scroller.hidden = false;
    this.relayout();
    this.dom.stats.textContent = `${count(trace.length, 'slice')} · ${count(trace.tracks.length, 'track')} · `
      + `${count(trace.arrows.length, 'arrow')} · ${formatDuration(trace.duration)}`;
    this.showNotice(file);
    this.refreshDetails();
  }

  // showNotice says what of the file is not on the page.
  showNotice({ cut, rest, problem }) {
    const { skipped, arrows } = this.trace;
    const parts = [];
    if (problem !== '') parts.push(`This is not all: ${problem}.`);
    else if (cut) parts.push('The trace ends in the middle: it was cut off or is still being written.');
    if (rest) parts.push('There is more text behind the end of the trace, which was left out.');
    if (skipped.size > 0) {
      const reasons = [...skipped].map(([reason, n]) => `${n.toLocaleString('en')} ${reason}`);
      parts.push(`Events left out: ${reasons.join(', ')}.`);
    }
    if (arrows.unbound > 0) parts.push(`Arrows without a slice at both ends: ${arrows.unbound.toLocaleString('en')}.`);
    this.dom.notice.textContent = parts.join(' ');
    this.dom.notice.hidden = parts.length === 0;
  }

  relayout() {
    this.layout = new Layout(this.trace, this.collapsed);
    this.dom.spacer.style.height = `${this.layout.height}px`;
    this.invalidate();
  }

  toggle(process) {
    if (!this.collapsed.delete(process.pid)) this.collapsed.add(process.pid);
    this.relayout();
  }

  // restore shows what the address names after “#”.
  restore() {
    if (!this.trace) return;
    const { start, end, selected } = decode(this.trace, location.hash);
    if (end > start) this.view.set(start, end);
    this.select(selected);
  }

  remember() {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      if (this.trace) history.replaceState(null, '', encode(this.trace, this.view, this.selected));
    }, 200);
  }

  setView(change) {
    if (!this.trace) return;
    change(this.view);
    this.remember();
    this.invalidate();
  }

  select(id) {
    this.selected = id;
    if (id >= 0) this.trail.visit(id);
    this.selectedArrows = id >= 0 ? this.trace.arrowsOf(id) : NO_ARROWS;
    this.refreshDetails();
    this.remember();
    this.invalidate();
  }

  // go selects a slice and brings it on the screen.
  go(id) {
    if (id < 0) return;
    const track = this.trace.trackOf(id);
    if (this.collapsed.delete(track.process.pid)) this.relayout();
    this.view.show(this.trace.start[id], this.trace.end[id]);
    this.scrollTo(this.layout.sliceTop(id));
    this.select(id);
  }

  scrollTo(top) {
    const { scroller } = this.dom;
    const room = ROW_HEIGHT * 2;
    if (top < scroller.scrollTop + ROW_HEIGHT) scroller.scrollTop = top - room;
    else if (top + room > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + room - scroller.clientHeight;
  }

  find(query) {
    if (!this.trace) return;
    this.search.find(query);
    this.matches = this.search.matches;
    if (this.dom.query.value !== query) this.dom.query.value = query;
    this.dom.found.textContent = this.search.summary;
    this.invalidate();
  }

  // nextMatch goes to the next match; at first, to the next one on the screen.
  nextMatch(by) {
    if (!this.trace) return;
    const { search, view } = this;
    this.go(search.position < 0 && by > 0 ? search.stepFrom(view.start) : search.step(by));
    this.dom.found.textContent = search.summary;
  }

  fitSelection() {
    if (this.selected < 0) return;
    const { trace } = this;
    let id = this.selected;
    // A slice without length has no scale of its own.
    while (trace.end[id] === trace.start[id] && trace.parent[id] >= 0) id = trace.parent[id];
    if (trace.end[id] === trace.start[id]) return;
    this.setView((view) => view.fit(trace.start[id], trace.end[id]));
  }

  refreshDetails() {
    showDetails(this.dom.details, this, this.selected, {
      link: (id) => encode(this.trace, this.view, id),
      onSelect: (id) => this.go(id),
    });
  }

  readTheme() {
    const style = getComputedStyle(document.documentElement);
    this.theme = Object.fromEntries(Object.entries(THEME).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]));
    this.palette = palette(this.scheme.matches);
    if (this.trace) this.refreshDetails();
    this.invalidate();
  }

  invalidate() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      if (this.trace) this.draw();
    });
  }

  draw() {
    const { dom, view } = this;
    view.width = Math.max(50, dom.scroller.clientWidth - dom.labels.offsetWidth);
    this.height = dom.scroller.clientHeight;
    this.scroll = dom.scroller.scrollTop;
    const ctx = sizeCanvas(dom.chart, view.width, this.height);
    drawTimeline(ctx, this);
    drawArrows(ctx, this);
    if (this.hovered >= 0 && this.hovered !== this.selected) drawOutline(ctx, this, this.hovered, this.theme.muted, 1.5);
    if (this.selected >= 0) drawOutline(ctx, this, this.selected, this.theme.selected, 2.2);
    drawTop(dom.axis, { view, theme: this.theme, busy: this.busy, duration: this.trace.duration });
    this.labels.update(this.layout, this.scroll, this.height);
    dom.span.textContent = `${formatDuration(view.span)} shown`;
    this.frames++;
  }
}

function count(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

// legend lists the categories, with the colour of the first slice of each.
function legend(trace, colors) {
  const first = new Map();
  for (let id = 0; id < trace.length && first.size < trace.cats.length; id++) {
    if (!first.has(trace.cat[id])) first.set(trace.cat[id], colors[id]);
  }
  return [...first].filter(([cat]) => trace.cats[cat] !== '').slice(0, 24)
    .map(([cat, color]) => ({ cat: trace.cats[cat], color }));
}

const app = new App();
publish(app, app.start());
