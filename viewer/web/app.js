// SPDX-License-Identifier: Apache-2.0

// The page: it loads the trace, holds what is shown, and draws when that changes.

import { drawArrows, hiddenText } from './arrows.js';
import { assignColors, legendOf, palette } from './color.js';
import { showDetails } from './details.js';
import { boxOf, drawOutline, drawTexts, drawTimeline, sizeCanvas } from './draw.js';
import { bindControls } from './controls.js';
import { bindPointer } from './interact.js';
import { bindKeys } from './keys.js';
import { Labels } from './labels.js';
import { Layout, ROW_HEIGHT } from './layout.js';
import { decode, encode, findSlice, sliceKey } from './link.js';
import { load } from './load.js';
import { gapsOf, lostText } from './lost.js';
import { leftOutText } from './notice.js';
import { busyness, drawTop } from './overview.js';
import { showResults } from './results.js';
import { Search } from './search.js';
import { TraceFormatError } from './scan.js';
import { publish } from './surface.js';
import { themeOf } from './theme.js';
import { formatDuration } from './time.js';
import { Trail } from './trail.js';
import { View } from './view.js';
import { workOf } from './work.js';

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
    this.first = undefined;
    this.dom.scroller.hidden = true;
    this.dom.notice.hidden = true;
    this.dom.stats.textContent = '';
    this.dom.details.replaceChildren();
    this.dom.panel.hidden = true;
    this.dom.message.textContent = this.error;
    this.dom.message.hidden = false;
    this.dom.message.classList.add('error');
  }

  setTrace(trace, file) {
    const query = this.search?.query ?? '';
    this.trace = trace;
    this.colors = assignColors(trace);
    this.legend = legendOf(trace, this.colors);
    this.matches = null;
    this.widths = new Float32Array(trace.names.length);
    this.busy = busyness(trace, this.colors);
    this.search = new Search(trace);
    this.trail = new Trail();
    this.find(query);
    this.selected = this.hovered = -1;
    this.selectedArrows = this.hoveredArrows = NO_ARROWS;
    this.gaps = gapsOf(trace);
    this.showFirst(trace);
    this.dom.scroller.hidden = this.dom.panel.hidden = false;
    this.relayout();
    this.dom.stats.textContent = `${count(trace.length, 'slice')} · ${count(trace.tracks.length, 'track')} · `
      + `${count(trace.arrows.length, 'arrow')} · ${formatDuration(trace.duration)}`;
    this.showNotice(file);
    this.refreshDetails();
  }

  // showFirst shows the loop's work, from its first turn to its last, unless something else
  // was looked at: before it, a program only imports.
  showFirst(trace) {
    const { view } = this;
    const untouched = !this.first || (view.start <= this.first.start && view.end >= this.first.end);
    view.setLimit(trace.duration);
    if (untouched) {
      const work = workOf(trace);
      if (work) view.fit(work.start, work.end, 0.02);
      else view.fitAll();
    }
    this.first = { start: view.start, end: view.end };
  }

  // showNotice says what of the file is not on the page.
  showNotice(file) {
    const { dom, gaps } = this;
    dom.lost.textContent = lostText(gaps);
    dom.said.textContent = leftOutText(this.trace, file);
    dom.gap.hidden = gaps.length === 0;
    dom.notice.hidden = dom.said.textContent === '' && gaps.length === 0;
  }

  // nextGap goes to the next place where records were lost, round and round.
  nextGap() {
    const next = this.gaps.findIndex(({ id }) => id === this.selected) + 1;
    this.go(this.gaps[next % this.gaps.length].id);
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

  select(id, room = ROW_HEIGHT * 2) {
    this.selected = id;
    if (id >= 0) this.trail.visit(id);
    this.selectedArrows = id >= 0 ? this.trace.arrowsOf(id) : NO_ARROWS;
    this.refreshDetails();
    // The panel is higher now than it may have been, and must not hide what it is about.
    if (id >= 0) this.scrollTo(this.layout.sliceTop(id), room);
    this.remember();
    this.invalidate();
  }

  hover(id) {
    if (id === this.hovered) return;
    this.hovered = id;
    this.hoveredArrows = id >= 0 && this.trace ? this.trace.arrowsOf(id) : NO_ARROWS;
    this.invalidate();
  }

  // go selects a slice and brings it on the screen.
  go(id) {
    if (id < 0) return;
    const track = this.trace.trackOf(id);
    if (this.collapsed.delete(track.process.pid)) this.relayout();
    this.view.show(this.trace.start[id], this.trace.end[id]);
    this.select(id, this.dom.scroller.clientHeight / 3);
  }

  // scrollTo brings a height on the screen, if it is not there, with some room around it.
  scrollTo(top, room) {
    const { scroller } = this.dom;
    const before = scroller.scrollTop, tall = scroller.clientHeight;
    if (top < before + ROW_HEIGHT) scroller.scrollTop = top - room;
    else if (top + ROW_HEIGHT * 2 > before + tall) scroller.scrollTop = top + room - tall;
  }

  find(query) {
    if (!this.trace) return;
    this.search.find(query);
    this.matches = this.search.matches;
    if (this.dom.query.value !== query) this.dom.query.value = query;
    this.dom.found.textContent = this.search.summary;
    showResults(this.dom.results, this.search, {
      onSlice: (id) => this.goTo(id),
      onTrack: (track) => this.goTo(this.nearest(track)),
    });
    this.invalidate();
  }

  // goTo goes to a result of the search, from where n and N go on.
  goTo(id) {
    this.search.visit(id);
    this.go(id);
    this.dom.found.textContent = this.search.summary;
    this.dom.chart.focus();
  }

  // nearest returns the slice in the first row of a track that is nearest to what is looked at.
  nearest(track) {
    const { trace, view, selected } = this;
    const time = selected >= 0 ? trace.start[selected] : (view.start + view.end) / 2;
    return trace.nearest(track.firstRow, time);
  }

  // changeTrack selects the nearest slice of the next track (or the one before) that is not folded away.
  changeTrack(by) {
    const { trace, layout, selected } = this;
    let position = selected >= 0 ? trace.trackOf(selected).position + by : by > 0 ? 0 : trace.tracks.length - 1;
    while (trace.tracks[position] && layout.hidden[position]) position += by;
    if (trace.tracks[position]) this.go(this.nearest(trace.tracks[position]));
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

  // fold hides the panel of details but for its head, or shows it again.
  fold(folded = !this.dom.panel.classList.contains('folded')) {
    this.dom.panel.classList.toggle('folded', folded);
    this.dom.fold.setAttribute('aria-expanded', String(!folded));
    this.invalidate();
  }

  refreshDetails() {
    this.dom.panel.classList.toggle('idle', this.selected < 0);
    showDetails(this.dom.details, this, this.selected, {
      link: (id) => encode(this.trace, this.view, id),
      onSelect: (id) => this.go(id),
    });
  }

  readTheme() {
    this.theme = themeOf(document.documentElement);
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
    const texts = drawTimeline(ctx, this);
    this.hidden = drawArrows(ctx, this, texts.map(boxOf));
    drawTexts(ctx, texts);
    if (this.hovered >= 0 && this.hovered !== this.selected) drawOutline(ctx, this, this.hovered, this.theme.muted, 1.5);
    if (this.selected >= 0) drawOutline(ctx, this, this.selected, this.theme.selected, 2.2);
    drawTop(dom.axis, { view, theme: this.theme, busy: this.busy, duration: this.trace.duration });
    this.labels.update(this.layout, this.scroll, this.height);
    dom.shown.textContent = `${formatDuration(view.span)} shown`;
    dom.hidden.textContent = hiddenText(this.hidden);
    this.frames++;
  }
}

function count(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

const app = new App();
publish(app, app.start());
