// SPDX-License-Identifier: Apache-2.0

// Selection is the slice that is selected and the one that is pointed at, with their arrows.

import { NO_ARROWS, arrowsOf } from './links.js';

export class Selection {
  // onSelect and onHover are called after a change of either.
  constructor({ onSelect, onHover }) {
    this.onSelect = onSelect;
    this.onHover = onHover;
    this.show(null);
  }

  // show begins anew with a trace, or with none.
  show(trace) {
    this.trace = trace;
    this.id = this.hovered = -1;
    this.arrows = this.hoveredArrows = NO_ARROWS;
  }

  // select takes -1 for none.
  select(id) {
    this.id = id;
    this.arrows = this.arrowsOf(id);
    this.onSelect();
  }

  hover(id) {
    if (id === this.hovered) return;
    this.hovered = id;
    this.hoveredArrows = this.arrowsOf(id);
    this.onHover();
  }

  arrowsOf(id) {
    return id >= 0 && this.trace ? arrowsOf(this.trace, id) : NO_ARROWS;
  }
}
