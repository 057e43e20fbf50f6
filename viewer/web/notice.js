// SPDX-License-Identifier: Apache-2.0

// What of a file is not on the page.

// leftOutText says it in sentences, or is "".
export function leftOutText({ skipped, arrows }, { cut, rest, problem }) {
  const parts = [];
  if (problem !== '') parts.push(`This is not all: ${problem}.`);
  else if (cut) parts.push('The trace ends in the middle: it was cut off or is still being written.');
  if (rest) parts.push('There is more text behind the end of the trace, which was left out.');
  if (skipped.size > 0) {
    const reasons = [...skipped].map(([reason, n]) => `${n.toLocaleString('en')} ${reason}`);
    parts.push(`Events left out: ${reasons.join(', ')}.`);
  }
  if (arrows.unbound > 0) parts.push(`Arrows without a slice at both ends: ${arrows.unbound.toLocaleString('en')}.`);
  return parts.join(' ');
}
