// SPDX-License-Identifier: Apache-2.0

// The names of processes, tracks and counters, left of the timeline. Only those on the screen are
// in the document: a trace can have many thousands of tracks.

import { processLabel, trackLabel } from './layout.js';

export class Labels {
  constructor(container, onToggle) {
    this.container = container;
    this.onToggle = onToggle;
    this.shown = new Map(); // process, track or counter -> element
  }

  update(layout, scroll, height) {
    this.container.style.height = `${height}px`;
    const [from, to] = layout.itemsIn(scroll, scroll + height);
    const gone = new Set(this.shown.keys());
    for (let i = from; i < to; i++) {
      const item = layout.items[i];
      const key = item[item.kind];
      gone.delete(key);
      this.place(this.element(item, key), item, scroll);
    }
    for (const key of gone) {
      const element = this.shown.get(key);
      // One that has the focus stays, out of sight, or the focus would be lost.
      if (element === document.activeElement && layout.items.some((item) => item[item.kind] === key)) continue;
      element.remove();
      this.shown.delete(key);
    }
  }

  element(item, key) {
    let element = this.shown.get(key);
    if (!element) {
      element = item.kind === 'process' ? this.processElement(item) : labelElement(item);
      this.shown.set(key, element);
      this.container.append(element);
    }
    return element;
  }

  place(element, item, scroll) {
    element.style.height = `${item.height}px`;
    element.style.transform = `translateY(${item.y - scroll}px)`;
    if (item.kind === 'process') element.setAttribute('aria-expanded', String(!item.collapsed));
  }

  processElement({ process, tracks }) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'label process';
    fill(button, processLabel(process), tracks === 1 ? '1 track' : `${tracks} tracks`);
    button.addEventListener('click', () => this.onToggle(process));
    return button;
  }
}

function labelElement(item) {
  const element = document.createElement('div');
  element.className = 'label';
  if (item.kind === 'track') {
    fill(element, trackLabel(item.track), item.track.depth > 1 ? `tid ${item.track.tid}` : '');
  } else {
    fill(element, item.counter.label, rangeText(item.counter));
  }
  return element;
}

// rangeText says between which values a counter's line is drawn, of which zero is always one.
function rangeText({ low, high }) {
  const [from, to] = [low, high].map((value) => Number(value.toPrecision(6)));
  return low < 0 ? `${from} to ${to}` : `up to ${to}`;
}

function fill(element, name, extra) {
  const main = document.createElement('span');
  main.textContent = name;
  element.title = name;
  element.append(main);
  if (extra === '') return;
  const small = document.createElement('span');
  small.className = 'extra';
  small.textContent = extra;
  element.append(small);
}
