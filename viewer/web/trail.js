// SPDX-License-Identifier: Apache-2.0

// Trail remembers which slices were selected, for going back and forth again.

const LONGEST = 1000;

export class Trail {
  constructor() {
    this.ids = [];
    this.at = -1;
  }

  // visit notes a selection. What was ahead is forgotten.
  visit(id) {
    if (id === this.ids[this.at]) return;
    this.ids.splice(this.at + 1, Infinity, id);
    if (this.ids.length > LONGEST) this.ids.shift();
    this.at = this.ids.length - 1;
  }

  // step returns the slice before (-1) or after (1) the current one, or -1.
  step(by) {
    const id = this.ids[this.at + by];
    if (id === undefined) return -1;
    this.at += by;
    return id;
  }
}
