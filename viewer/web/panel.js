// SPDX-License-Identifier: Apache-2.0

// Panel is the part of the page below the timeline. It shows the details of the selected slice, or
// the legend while none is selected.

import { sliceDetails } from './details.js';
import { legend } from './legend.js';

export class Panel {
  // dom has the elements details, fold and panel. link returns the address of a slice, and onSelect
  // is told which link was clicked.
  constructor(dom, { selection, theme, link, onSelect }) {
    this.dom = dom;
    this.selection = selection;
    this.theme = theme;
    this.links = { link, onSelect };
    this.trace = null;
  }

  show(trace, colors) {
    this.trace = trace;
    this.colors = colors;
    this.dom.panel.hidden = false;
    this.update();
  }

  clear() {
    this.trace = null;
    this.dom.details.replaceChildren();
    this.dom.panel.hidden = true;
  }

  // update shows what is selected now.
  update() {
    if (!this.trace) return;
    const { dom, trace, colors, links } = this;
    const { palette } = this.theme;
    const { id, arrows } = this.selection;
    dom.panel.classList.toggle('idle', id < 0);
    dom.details.replaceChildren(...(id < 0 ? legend(trace, colors, palette) : sliceDetails({ trace, colors, palette, arrows, links }, id)));
  }

  // fold hides all but the head of the panel, or shows it again.
  fold() {
    const folded = this.dom.panel.classList.toggle('folded');
    this.dom.fold.setAttribute('aria-expanded', String(!folded));
  }
}
