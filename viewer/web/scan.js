// SPDX-License-Identifier: Apache-2.0

// Finds the elements of the event array in a text that comes in pieces and may
// end anywhere. Whole elements go to JSON.parse in batches; the last one, if it
// was cut off, is dropped. So the size of a trace is not limited by that of a
// string, and a trace that is still being written can be read.

const QUOTE = 34, COMMA = 44, COLON = 58, BACKSLASH = 92;
const OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

// An element longer than this is not an event but a broken file.
const LONGEST_ELEMENT = 64 << 20;

export class TraceFormatError extends Error {}

export class Scanner {
  // onBatch is called with arrays of parsed elements, onBad with the number of
  // elements that are not JSON.
  constructor(onBatch, onBad) {
    this.onBatch = onBatch;
    this.onBad = onBad;
    this.mode = 'start'; // then 'header' (in the outer object), 'events', 'done'
    this.foundEvents = false;
    this.rest = false;
    this.wrapped = false;
    this.buffer = '';
    this.pos = 0;
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.string = '';
    this.key = null;
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
    this.depth = 0;
    this.inString = false;
  }

  // header walks through the outer object until the value of "traceEvents".
  header() {
    for (; this.pos < this.buffer.length; this.pos++) {
      const c = this.buffer.charCodeAt(this.pos);
      if (this.inString) {
        this.headerString(c);
        continue;
      }
      switch (c) {
        case QUOTE:
          this.inString = true;
          this.string = '';
          break;
        case COLON:
          if (this.depth === 0) this.key = this.string;
          break;
        case COMMA:
          if (this.depth === 0) this.key = null;
          break;
        case OPEN_ARRAY:
          if (this.depth === 0 && this.key === 'traceEvents') {
            this.pos++;
            this.enterEvents();
            return;
          }
          this.depth++;
          break;
        case OPEN_OBJECT:
          this.depth++;
          break;
        case CLOSE_ARRAY:
        case CLOSE_OBJECT:
          if (--this.depth < 0) {
            this.pos++;
            this.mode = 'done';
            return;
          }
      }
    }
  }

  // headerString keeps only as much of a string as tells keys apart; a value
  // beside the events can be hundreds of megabytes.
  headerString(c) {
    if (this.escaped) this.escaped = false;
    else if (c === BACKSLASH) this.escaped = true;
    else if (c === QUOTE) this.inString = false;
    else if (this.string.length < 16) this.string += String.fromCharCode(c);
  }

  // events goes on to the end of the buffer or of the array and emits what is whole.
  events() {
    const { buffer } = this;
    let whole = 0;
    let i = this.pos;
    let ended = false;
    let { depth, inString, escaped } = this;
    for (; i < buffer.length; i++) {
      const c = buffer.charCodeAt(i);
      if (inString) {
        if (escaped) escaped = false;
        else if (c === BACKSLASH) escaped = true;
        else if (c === QUOTE) inString = false;
      } else if (c === QUOTE) {
        inString = true;
      } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
        depth++;
      } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
        if (depth === 0) {
          ended = true;
          break;
        }
        if (--depth === 0) whole = i + 1;
      }
    }
    Object.assign(this, { depth, inString, escaped });
    if (whole > 0) this.emit(buffer.slice(0, whole));
    if (ended) {
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

  leaveEvents(at) {
    this.discard(at + 1);
    this.mode = this.wrapped ? 'header' : 'done';
    this.key = null;
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
  let depth = 0, inString = false, escaped = false, from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (escaped) escaped = false;
      else if (c === BACKSLASH) escaped = true;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) {
      inString = true;
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (depth++ === 0) from = i;
    } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      if (--depth === 0) yield text.slice(from, i + 1);
    }
  }
}

// parseLeniently also takes what careless writers produce: raw control
// characters in strings, and NaN or Infinity as Python's json writes them.
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
