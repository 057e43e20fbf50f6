// SPDX-License-Identifier: Apache-2.0

// The page: makes its parts, tells each what it needs of the others, and reads the trace.

import { Address } from './address.js';
import { assignColors } from './color.js';
import { bindControls } from './controls.js';
import { bindKeys } from './keys.js';
import { findSlice, sliceKey } from './link.js';
import { load } from './load.js';
import { gapsOf } from './lost.js';
import { Navigator } from './navigator.js';
import { Opening } from './opening.js';
import { Panel } from './panel.js';
import { bindPointer } from './pointer.js';
import { SearchField } from './searchfield.js';
import { Selection } from './selection.js';
import { Status } from './status.js';
import { publish } from './surface.js';
import { Theme } from './theme.js';
import { Timeline } from './timeline.js';
import { Tooltip } from './tooltip.js';
import { View } from './view.js';

const dom = Object.fromEntries([...document.querySelectorAll('[id]')].map((e) => [e.id, e]));

const view = new View();
view.onChange = () => {
  address.remember();
  timeline.invalidate();
};
const theme = new Theme(() => {
  panel.update();
  timeline.invalidate();
});
const selection = new Selection({
  onSelect: () => {
    panel.update();
    address.remember();
    timeline.invalidate();
  },
  onHover: () => timeline.invalidate(),
});
const timeline = new Timeline(dom, { view, selection, theme });
const navigator = new Navigator({ view, selection, timeline });
const address = new Address({ view, selection, navigator });
const panel = new Panel(dom, { selection, theme, link: (id) => address.of(id), onSelect: (id) => navigator.go(id) });
const searchField = new SearchField(dom, {
  view, navigator, onMatches: (matches) => timeline.mark(matches), onLeave: () => dom.chart.focus(),
});
const status = new Status(dom);
const opening = new Opening(view);

const parts = { view, timeline, navigator, searchField, panel, help: dom.help, reload: read };
bindKeys(parts);
bindControls(dom, parts);
bindPointer(dom, { view, timeline, selection, navigator, tooltip: new Tooltip(dom.tooltip, dom) });

let trace = null;

// read reads the trace. After the first time it keeps the view, the selection and the search.
async function read() {
  const before = trace && selection.id >= 0 ? sliceKey(trace, selection.id) : '';
  status.say('Reading the trace…');
  try {
    const progress = (bytes) => status.say(`Reading the trace… ${(bytes / 1e6).toFixed(1)} MB`);
    const { trace: next, ...file } = await load('trace', progress);
    const first = trace === null;
    trace = next;
    show(file);
    if (first) address.restore();
    else if (before !== '') navigator.select(findSlice(trace, before));
    status.say('');
  } catch (error) {
    fail(error);
  }
}

function show(file) {
  const colors = assignColors(trace);
  const gaps = gapsOf(trace);
  selection.show(trace);
  opening.show(trace);
  address.show(trace);
  navigator.show(trace, gaps);
  timeline.show(trace, colors, gaps);
  searchField.show(trace);
  status.show(trace, file, gaps);
  panel.show(trace, colors);
}

function fail(error) {
  trace = null;
  selection.show(null);
  for (const part of [opening, address, navigator, timeline, searchField, panel]) part.clear();
  status.fail(error);
}

publish({ view, selection, timeline, navigator, searchField, status }, read, read());
