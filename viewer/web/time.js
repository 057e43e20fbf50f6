// SPDX-License-Identifier: Apache-2.0

// Times as people read them, and the marks of the time axis.

const UNITS = [
  { name: 's', ns: 1e9 },
  { name: 'ms', ns: 1e6 },
  { name: 'µs', ns: 1e3 },
  { name: 'ns', ns: 1 },
];

function unitOf(ns) {
  return UNITS.find((u) => Math.abs(ns) >= u.ns) ?? UNITS[UNITS.length - 1];
}

// formatDuration keeps four digits: 1.234 ms, 56.78 µs, 912 ns.
export function formatDuration(ns) {
  if (ns === 0) return '0 ns';
  const unit = unitOf(ns);
  const value = ns / unit.ns;
  if (Math.abs(value) >= 1e6) return `${value.toExponential(3)} ${unit.name}`;
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return `${trim(value.toFixed(unit.ns === 1 ? 0 : digits))} ${unit.name}`;
}

// formatTime keeps every nanosecond: 1.234567891 s.
export function formatTime(ns) {
  const unit = unitOf(ns);
  if (Math.abs(ns) > 1e18) return `${(ns / unit.ns).toExponential(6)} ${unit.name}`;
  return `${trim((ns / unit.ns).toFixed(Math.round(Math.log10(unit.ns))))} ${unit.name}`;
}

function trim(number) {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}

// TICK_SPACE is the least distance of two marks.
export const TICK_SPACE = 120; // px

// ticks returns the marks of an axis, at most one for each minimum of pixels. All labels have the
// same unit and the same number of decimals.
export function ticks(start, end, width, minimum) {
  const step = niceStep(((end - start) * minimum) / Math.max(1, width));
  const unit = unitOf(Math.max(Math.abs(start), Math.abs(end), 1));
  const decimals = Math.min(12, Math.max(0, Math.ceil(Math.log10(unit.ns / step) - 1e-9)));
  const marks = [];
  const first = Math.ceil(start / step);
  const count = Math.min(1000, Math.floor(end / step) - first + 1);
  for (let i = 0; i < count; i++) {
    const time = (first + i) * step;
    marks.push({ time, label: `${(time / unit.ns).toFixed(decimals)} ${unit.name}` });
  }
  return { step, marks };
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least * 0.999) ?? 10;
  return factor * power;
}
