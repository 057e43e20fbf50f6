// SPDX-License-Identifier: Apache-2.0

// Colours of slices. Curtain's categories have one each, the same in every file. Elsewhere the
// category gives the hue and the name shades it, both by hash, so a kind of work looks the same in
// every trace. OKLCH keeps the lightness equal over all hues, and with it the contrast of the
// label.

import { CATEGORIES, LOST, POLL, WAIT } from './vocabulary.js';

// COLORS are lightness, chroma and hue on a light page, then on a dark one. They were sought to be
// as far apart as they can for everybody, also with any of the three dichromacies;
// testdata/logic/color.js has the measure.
const COLORS = {
  turn: [0.736, 0.136, 262, 0.556, 0.157, 257],
  poll: [0.864, 0.010, 260, 0.362, 0.018, 263],
  readiness: [0.924, 0.140, 98, 0.553, 0.114, 95],
  callback: [0.682, 0.115, 309, 0.473, 0.154, 295],
  step: [0.760, 0.144, 56, 0.479, 0.103, 69],
  wait: [0.960, 0.012, 260, 0.270, 0.000, 261],
  ready: [0.800, 0.077, 142, 0.300, 0.100, 142],
  cause: [0.811, 0.120, 229, 0.414, 0.092, 240],
  call: [0.769, 0.050, 330, 0.568, 0.153, 334],
  line: [0.919, 0.129, 150, 0.498, 0.066, 190],
  'system call': [0.844, 0.138, 77, 0.400, 0.065, 77],
  span: [0.662, 0.064, 186, 0.309, 0.130, 320],
  lost: [0.680, 0.099, 40, 0.519, 0.140, 15],
};

const HUES = [255, 150, 310, 60, 195, 20, 120, 285, 90, 225, 340, 170];
const SHADES = 3;
const QUIET = 0, FIRST_OWN = 1, FIRST_HASHED = FIRST_OWN + CATEGORIES.length;
const RESTS = new Set([WAIT, POLL, LOST].map((cat) => FIRST_OWN + CATEGORIES.indexOf(cat)));

// Categories of time in which nothing runs are pale, so that work stands out.
const WAITING = /(^|[\s,.:_-])(wait|waiting|idle|sleep|poll|blocked|suspended)/i;

// isWork reports whether something runs in slices of a color.
export const isWork = (color) => color !== QUIET && !RESTS.has(color);

// assignColors returns a small number for each slice, an index into a palette.
export function assignColors(trace) {
  const fixed = trace.cats.map((cat) => (CATEGORIES.includes(cat) ? FIRST_OWN + CATEGORIES.indexOf(cat) : WAITING.test(cat) ? QUIET : -1));
  const slots = new Map();
  const hues = trace.cats.map((cat, c) => (fixed[c] >= 0 || cat === '' ? -1 : hueSlot(cat, slots)));
  // Numbers do not matter: turn 1 and turn 2 are the same kind of thing.
  const hashes = trace.names.map((name) => hash(name.replace(/\d+/g, '')));
  const colors = new Uint8Array(trace.length);
  for (let i = 0; i < trace.length; i++) {
    const cat = trace.cat[i], h = hashes[trace.name[i]];
    const hue = hues[cat] < 0 ? h % HUES.length : hues[cat];
    colors[i] = fixed[cat] >= 0 ? fixed[cat] : FIRST_HASHED + hue * SHADES + ((h >>> 8) % SHADES);
  }
  return colors;
}

// hueSlot moves a category on to the next free hue if another one has its own.
function hueSlot(cat, slots) {
  let slot = hash(cat) % HUES.length;
  for (let tries = 0; slots.has(slot) && tries < HUES.length; tries++) slot = (slot + 1) % HUES.length;
  slots.set(slot, cat);
  return slot;
}

// hash is FNV-1a with a final mix, because the low bits of similar words are alike.
function hash(string) {
  let h = 0x811c9dc5;
  for (let i = 0; i < string.length; i++) h = Math.imul(h ^ string.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
  return (h ^ (h >>> 15)) >>> 0;
}

// palette returns fill, edge and text colours for a light or dark page.
export function palette(dark) {
  const colors = { fill: [], edge: [], ink: [] };
  const add = (fill, edge, ink) => {
    colors.fill.push(oklch(fill));
    colors.edge.push(oklch(edge));
    colors.ink.push(oklch(ink));
  };
  if (dark) add([0.31, 0.012, 260], [0.42, 0.015, 260], [0.86, 0.015, 260]);
  else add([0.935, 0.008, 260], [0.84, 0.012, 260], [0.4, 0.02, 260]);
  for (const cat of CATEGORIES) {
    const [l, c, h] = COLORS[cat].slice(dark ? 3 : 0);
    add([l, c, h], [dark ? l + 0.14 : l - 0.17, c, h], dark ? [0.99, 0.01, h] : [0.2, 0.04, h]);
  }
  for (const hue of HUES) {
    for (let shade = 0; shade < SHADES; shade++) {
      const step = (shade - 1) * 0.025;
      if (dark) add([0.44 + step, 0.095, hue], [0.6 + step, 0.11, hue], [0.97, 0.015, hue]);
      else add([0.83 + step, 0.088, hue], [0.66 + step, 0.12, hue], [0.27, 0.06, hue]);
    }
  }
  return colors;
}

const oklch = ([l, c, h]) => `oklch(${l.toFixed(3)} ${c} ${h})`;
