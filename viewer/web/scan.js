// SPDX-License-Identifier: Apache-2.0

// Finds the elements of the event array in a text that comes in pieces and may end anywhere. Whole
// elements go to JSON.parse in batches; the last one, if it was cut off, is dropped. So the size of
// a trace is not limited by that of a string, and a trace that is still being written can be read.

import { COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, Walker, closes } from './json.js';

// An element longer than this is not an event but a broken file.
const LONGEST_ELEMENT = 64 << 20;

export class TraceFormatError extends Error {}

export class Scanner {
  // onBatch is called with arrays of parsed elements, onBad with the number of elements that are
  // not JSON.
  constructor(onBatch, onBad) {
    this.onBatch = onBatch;
    this.onBad = onBad;
    this.mode = 'start'; // then 'header' (in the outer object), 'events', 'done'
    this.foundEvents = false;
    this.rest = false;
    this.wrapped = false;
    this.buffer = '';
    this.pos = 0;
    this.walker = new Walker();
    this.key = null; // in the header: the one whose value is read
  }

  push(text) {
    this.buffer += text;
    while (this.pos < this.buffer.length && this.mode !== 'done') {
      if (this.mode === 'start') this.start();
      else if (this.mode === 'header') this.header();
      else this.events();
    }
    if (this.mode === 'done' && /\S/.test(this.buffer.slice(this.pos))) this.rest = true;
    if (this.mode === 'done') this.pos = this.buffer.length;
    if (this.mode !== 'events') this.discard(this.pos);
    if (this.buffer.length > LONGEST_ELEMENT) {
      throw new TraceFormatError('This is not a trace: one of its events has no end.');
    }
  }

  // end reports whether the text stopped before its end, and whether there is more behind it.
  end() {
    if (this.mode === 'start') throw new TraceFormatError('The trace is empty: nothing has been written to it yet.');
    if (!this.foundEvents) throw new TraceFormatError('This is not a trace: it has no “traceEvents” array.');
    return { cut: this.mode !== 'done', rest: this.rest };
  }

  discard(upTo) {
    this.buffer = this.buffer.slice(upTo);
    this.pos = 0;
  }

  start() {
    const rest = this.buffer.slice(this.pos).replace(/^[\s\uFEFF]+/, '');
    this.discard(this.buffer.length - rest.length);
    if (rest === '') {
      this.discard(this.buffer.length);
      return;
    }
    const first = rest.charCodeAt(0);
    this.pos = 1;
    if (first === OPEN_ARRAY) {
      this.enterEvents();
    } else if (first === OPEN_OBJECT) {
      this.wrapped = true;
      this.mode = 'header';
    } else {
      throw new TraceFormatError('This is not a trace: it should be JSON that begins with “[” or “{”.');
    }
  }

  enterEvents() {
    this.discard(this.pos);
    this.mode = 'events';
    this.foundEvents = true;
    this.walker = new Walker();
  }

  leaveEvents(at) {
    this.discard(at + 1);
    this.mode = this.wrapped ? 'header' : 'done';
    this.walker = new Walker();
    this.key = null;
  }

  // header walks through the outer object until the value of "traceEvents".
  header() {
    const { buffer, walker } = this;
    for (let i = walker.next(buffer, this.pos); i < buffer.length; i = walker.next(buffer, i + 1)) {
      this.pos = i + 1;
      if (walker.depth < 0) {
        this.mode = 'done';
        return;
      }
      const c = buffer.charCodeAt(i);
      if (c === COLON) {
        this.key = walker.key;
      } else if (c === COMMA) {
        this.key = null;
      } else if (c === OPEN_ARRAY && this.key === 'traceEvents') {
        this.enterEvents();
        return;
      }
    }
    this.pos = buffer.length;
  }

  // events goes on to the end of the buffer or of the array and emits what is whole.
  events() {
    const { buffer, walker } = this;
    let whole = 0;
    let i = walker.next(buffer, this.pos);
    for (; i < buffer.length && walker.depth >= 0; i = walker.next(buffer, i + 1)) {
      if (closes(buffer.charCodeAt(i))) whole = i + 1;
    }
    if (whole > 0) this.emit(buffer.slice(0, whole));
    if (walker.depth < 0) {
      this.leaveEvents(i);
      return;
    }
    this.pos = i;
    this.discardEmitted(whole);
  }

  discardEmitted(whole) {
    const at = this.pos - whole;
    this.buffer = this.buffer.slice(whole);
    this.pos = at;
  }

  emit(text) {
    const elements = text.replace(/^[\s,]+/, '');
    try {
      this.onBatch(JSON.parse('[' + elements + ']'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.emitOneByOne(elements);
    }
  }

  // emitOneByOne loses only the broken elements of a batch that JSON refuses.
  emitOneByOne(text) {
    for (const element of splitElements(text)) {
      const event = parseLeniently(element);
      if (event === undefined) this.onBad(1);
      else this.onBatch([event]);
    }
  }
}

function* splitElements(text) {
  const walker = new Walker();
  let from = 0;
  for (let i = walker.next(text, 0); i < text.length; i = walker.next(text, i + 1)) {
    if (walker.depth > 0) from = i;
    else if (closes(text.charCodeAt(i))) yield text.slice(from, i + 1);
  }
}

// parseLeniently also takes what careless writers produce: raw control characters in strings, and
// NaN or Infinity as Python's json writes them.
function parseLeniently(text) {
  const repaired = text
    .replace(/[\u0000-\u001f]/g, ' ')
    .replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) => (token[0] === '"' ? token : 'null'));
  try {
    return JSON.parse(repaired);
  } catch {
    return undefined;
  }
}
