// SPDX-License-Identifier: Apache-2.0

// Any value of a trace as a text of bounded length.

export const LONGEST_VALUE = 4000; // of an argument in the details

// text returns strings as they are, but for marks that turn them, and other values as JSON; nothing
// is "".
export function text(value, longest) {
  if (value === undefined || value === null) return '';
  const whole = typeof value === 'string' ? value : json(value);
  const shown = whole.replace(TURNS, escaped);
  return shown.length > longest ? shown.slice(0, longest) + '…' : shown;
}

// TURNS are the marks that turn the direction of what follows. They are shown instead of followed,
// as a name would turn what the page says behind it, or pass for another one.
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const escaped = (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;

// json bears values nested too deeply to be written, though they could be read.
function json(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return '(nested too deeply)';
  }
}
