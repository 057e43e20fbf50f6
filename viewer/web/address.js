// SPDX-License-Identifier: Apache-2.0

// Address keeps what is shown in the part of the page's address after “#”, and shows what that part
// says.

import { decode, encode } from './link.js';

const REST = 200; // ms without a change until it is written

export class Address {
  constructor({ view, selection, navigator }) {
    this.view = view;
    this.selection = selection;
    this.navigator = navigator;
    this.trace = null;
    window.addEventListener('hashchange', () => this.restore());
  }

  show(trace) {
    this.trace = trace;
  }

  clear() {
    this.trace = null;
  }

  // remember writes the address soon.
  remember() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.trace) history.replaceState(null, '', this.of(this.selection.id));
    }, REST);
  }

  // restore shows what the address says.
  restore() {
    if (!this.trace) return;
    const { start, end, selected } = decode(this.trace, location.hash);
    if (end > start) this.view.set(start, end);
    this.navigator.select(selected);
  }

  // of returns the address of a slice.
  of(id) {
    return encode(this.trace, this.view, id);
  }
}
