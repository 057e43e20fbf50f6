// SPDX-License-Identifier: Apache-2.0

// Viewport is what the canvas of the timeline shows in one frame: it turns times and slices into
// pixels.

export class Viewport {
  constructor(view, layout, scroll, height) {
    this.view = view;
    this.layout = layout;
    this.scroll = scroll;
    this.height = height;
    this.width = view.width;
  }

  x(time) {
    return this.view.x(time);
  }

  time(x) {
    return this.view.time(x);
  }

  // y turns a height in the layout into one on the canvas.
  y(top) {
    return top - this.scroll;
  }

  // sliceTop returns the upper edge of a slice, which may lie outside of the canvas.
  sliceTop(id) {
    return this.y(this.layout.sliceTop(id));
  }

  // items returns those of the layout that are in sight.
  items() {
    const [from, to] = this.layout.itemsIn(this.scroll, this.scroll + this.height);
    return this.layout.items.slice(from, to);
  }
}
