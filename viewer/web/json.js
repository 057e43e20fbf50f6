// SPDX-License-Identifier: Apache-2.0

// Walks through JSON that comes in pieces. It finds where things begin and end, and leaves what
// they say to JSON.parse.

const QUOTE = 34, BACKSLASH = 92;
export const COMMA = 44, COLON = 58;
export const OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

// A value beside the events can be hundreds of megabytes. Of a string only this much is kept, which
// is enough to tell keys apart.
const LONGEST_KEY = 16;

// Walker goes from mark to mark. The marks are the brackets that open or close a value of the
// outermost level, and the commas and colons between them.
export class Walker {
  constructor() {
    this.depth = 0; // 0 is between values, below 0 what held the values is closed
    this.key = ''; // how the last string of the outermost level begins
    this.inString = false;
    this.escaped = false;
  }

  // next returns the index of the next mark at i or behind it, or the length of the text if there
  // is none. The following piece is then a text of its own.
  next(text, i) {
    for (; i < text.length; i++) {
      if (this.inString) i = this.skipString(text, i);
      else if (this.isMark(text.charCodeAt(i))) return i;
    }
    return text.length;
  }

  isMark(c) {
    switch (c) {
      case QUOTE:
        this.inString = true;
        if (this.depth === 0) this.key = '';
        return false;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        return this.depth++ === 0;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        return --this.depth <= 0;
      case COMMA:
      case COLON:
        return this.depth === 0;
      default:
        return false;
    }
  }

  // skipString returns the index of the quote that ends the string, or the length of the text.
  skipString(text, from) {
    let i = from;
    let { escaped } = this;
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (escaped) {
        escaped = false;
      } else if (c === BACKSLASH) {
        escaped = true;
      } else if (c === QUOTE) {
        this.inString = false;
        break;
      }
    }
    this.escaped = escaped;
    if (this.depth === 0 && this.key.length < LONGEST_KEY) this.key += text.slice(from, Math.min(i, from + LONGEST_KEY));
    return i;
  }
}

// closes reports whether the character of a mark is a closing bracket.
export const closes = (c) => c === CLOSE_OBJECT || c === CLOSE_ARRAY;
