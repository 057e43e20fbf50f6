// SPDX-License-Identifier: Apache-2.0

// Containers that hold a million rows without a million objects.

// Column is a typed array that grows.
export class Column {
  constructor(Type) {
    this.values = new Type(1024);
    this.length = 0;
  }

  push(value) {
    if (this.length === this.values.length) {
      const wider = new this.values.constructor(this.length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[this.length++] = value;
  }
}

// Interner gives equal strings equal small numbers.
export class Interner {
  constructor() {
    this.ids = new Map();
    this.strings = [];
  }

  id(string) {
    let id = this.ids.get(string);
    if (id === undefined) {
      id = this.strings.length;
      this.ids.set(string, id);
      this.strings.push(string);
    }
    return id;
  }
}

// firstAbove returns the first index in [lo, hi) whose value is greater than limit, or hi. The
// values must not fall.
export function firstAbove(values, lo, hi, limit) {
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (values[mid] > limit) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}

// firstAtLeast is firstAbove with "not less than".
export function firstAtLeast(values, lo, hi, limit) {
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (values[mid] >= limit) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}
