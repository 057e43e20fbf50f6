// SPDX-License-Identifier: Apache-2.0

// Navigator selects slices and brings them on the screen: the neighbour, the one around, the other
// end of an arrow, the next track, the next gap, and back again.

import { ROW_HEIGHT } from './layout.js';
import { follow } from './links.js';
import { Trail } from './trail.js';

export class Navigator {
  constructor({ view, selection, timeline }) {
    this.view = view;
    this.selection = selection;
    this.timeline = timeline;
    this.clear();
  }

  show(trace, gaps) {
    this.trace = trace;
    this.gaps = gaps;
    this.trail = new Trail();
  }

  clear() {
    this.trace = null;
    this.gaps = [];
  }

  // select takes -1 for none. It scrolls no farther than to leave some room around the slice.
  select(id, room = ROW_HEIGHT * 2) {
    if (id >= 0) this.trail.visit(id);
    this.selection.select(id);
    // The panel is higher now than it may have been, and must not hide what it is about.
    if (id >= 0) this.timeline.scrollTo(id, room);
  }

  // go selects a slice and shows its time and its process. It ignores -1.
  go(id) {
    if (id < 0) return;
    const { trace, timeline } = this;
    timeline.unfold(trace.trackOf(id).process);
    this.view.show(trace.start[id], trace.end[id]);
    this.select(id, timeline.height / 3);
  }

  // follow goes along an arrow, forth or back.
  follow(forward) {
    const { trace, selection } = this;
    if (selection.id >= 0) this.go(follow(trace, selection.id, forward));
  }

  // walk goes to the neighbour in the row. Without a selection it begins at the first slice.
  walk(by) {
    const { trace, selection } = this;
    if (trace.length === 0) return;
    if (selection.id < 0) {
      this.go(0);
      return;
    }
    const id = selection.id + by;
    if (trace.row[id] === trace.row[selection.id]) this.go(id);
  }

  // leave goes to the slice around the selected one.
  leave() {
    const { trace, selection } = this;
    if (selection.id >= 0) this.go(trace.parent[selection.id]);
  }

  // retrace goes to the slice that was selected before (-1), or forth again (1).
  retrace(by) {
    this.go(this.trail.step(by));
  }

  // goToTrack selects the nearest slice of a track.
  goToTrack(track) {
    this.go(this.nearest(track));
  }

  // changeTrack goes to the next track (or the one before) that is not folded away.
  changeTrack(by) {
    const { trace, selection, timeline } = this;
    let position = selection.id >= 0 ? trace.trackOf(selection.id).position + by : by > 0 ? 0 : trace.tracks.length - 1;
    while (trace.tracks[position] && timeline.layout.hidden[position]) position += by;
    if (trace.tracks[position]) this.goToTrack(trace.tracks[position]);
  }

  // nearest returns the slice in the first row of a track that is nearest to what is looked at.
  nearest(track) {
    const { trace, view, selection } = this;
    const time = selection.id >= 0 ? trace.start[selection.id] : (view.start + view.end) / 2;
    return trace.nearest(track.firstRow, time);
  }

  // nextGap goes to the next place where records were lost, round and round.
  nextGap() {
    const { gaps, selection } = this;
    if (gaps.length === 0) return;
    const next = gaps.findIndex(({ id }) => id === selection.id) + 1;
    this.go(gaps[next % gaps.length].id);
  }

  // fit shows the selected slice as large as there is room for.
  fit() {
    const { trace, view } = this;
    let { id } = this.selection;
    if (id < 0) return;
    // A slice without length has no scale of its own.
    while (trace.end[id] === trace.start[id] && trace.parent[id] >= 0) id = trace.parent[id];
    if (trace.end[id] > trace.start[id]) view.fit(trace.start[id], trace.end[id]);
  }
}
