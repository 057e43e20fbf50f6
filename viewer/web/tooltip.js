// SPDX-License-Identifier: Apache-2.0

// Tooltip says beside the pointer what it points at.

import { trackLabel } from './layout.js';
import { formatDuration } from './time.js';

const LONGEST_NAME = 200;

export class Tooltip {
  // box is the element it fills, within the element around the labels and the canvas.
  constructor(box, { labels, chart }) {
    this.box = box;
    this.labels = labels;
    this.chart = chart;
  }

  show(trace, id, { offsetX, offsetY }) {
    const { box, labels, chart } = this;
    box.textContent = textOf(trace, id);
    box.hidden = false;
    const left = Math.min(offsetX + 14, chart.clientWidth - box.offsetWidth - 8);
    const below = offsetY + 18 + box.offsetHeight < chart.clientHeight;
    box.style.left = `${labels.offsetWidth + Math.max(0, left)}px`;
    box.style.top = `${below ? offsetY + 18 : Math.max(0, offsetY - box.offsetHeight - 10)}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}

function textOf(trace, id) {
  const duration = trace.end[id] - trace.start[id];
  const name = trace.nameOf(id) || '(no name)';
  return `${name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME) + '…' : name}\n`
    + `${duration > 0 ? formatDuration(duration) : 'a moment'} on ${trackLabel(trace.trackOf(id))}`;
}
