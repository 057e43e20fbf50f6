// SPDX-License-Identifier: Apache-2.0

// Status says how the reading of a trace goes, what is in it, and what is not on the page.

import { lostText } from './lost.js';
import { leftOutText } from './notice.js';
import { TraceFormatError } from './scan.js';
import { formatDuration } from './time.js';

export class Status {
  // dom has the elements gap, lost, message, notice, said and stats.
  constructor(dom) {
    this.dom = dom;
    this.error = '';
  }

  // say shows a sentence over the page, or none.
  say(text) {
    const { message } = this.dom;
    this.error = '';
    message.textContent = text;
    message.hidden = text === '';
    message.classList.remove('error');
  }

  // fail says why there is nothing to see.
  fail(error) {
    const { message, notice, stats } = this.dom;
    const expected = error instanceof TraceFormatError;
    if (!expected) console.error(error);
    this.error = expected ? error.message : `The page failed to show this trace: ${error.message}`;
    message.textContent = this.error;
    message.hidden = false;
    message.classList.add('error');
    notice.hidden = true;
    stats.textContent = '';
  }

  // show sums a trace up. file says how much of its file was read, as load does.
  show(trace, file, gaps) {
    const { gap, lost, notice, said, stats } = this.dom;
    stats.textContent = `${count(trace.length, 'slice')} · ${count(trace.tracks.length, 'track')} · `
      + `${count(trace.arrows.length, 'arrow')} · ${formatDuration(trace.duration)}`;
    lost.textContent = lostText(gaps);
    said.textContent = leftOutText(trace, file);
    gap.hidden = gaps.length === 0;
    notice.hidden = said.textContent === '' && gaps.length === 0;
  }
}

function count(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}
