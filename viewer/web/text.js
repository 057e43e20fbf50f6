// SPDX-License-Identifier: Apache-2.0

// Any value of a trace as a text of bounded length.

// text returns strings as they are and other values as JSON; nothing is "".
export function text(value, longest) {
  if (value === undefined || value === null) return '';
  const whole = typeof value === 'string' ? value : json(value);
  return whole.length > longest ? whole.slice(0, longest) + '…' : whole;
}

// json bears values nested too deeply to be written, though they could be read.
function json(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return '(nested too deeply)';
  }
}
