// SPDX-License-Identifier: Apache-2.0

// Colours of slices. The category gives the hue and the name shades it, both by
// hash, so a kind of work looks the same in every trace. OKLCH keeps the
// lightness equal over all hues, and with it the contrast of the label.

const HUES = [255, 150, 310, 60, 195, 20, 120, 285, 90, 225, 340, 170];
const SHADES = 3;

// Categories of time in which nothing runs are pale, so that work stands out.
const QUIET = /(^|[\s,.:_-])(wait|waiting|idle|sleep|poll|blocked|suspended)/i;

// assignColors returns a small number for each slice, an index into a palette.
export function assignColors(trace) {
  const slots = new Map();
  const hues = trace.cats.map((cat) => (QUIET.test(cat) ? -1 : cat === '' ? -2 : hueSlot(cat, slots)));
  // Numbers do not matter: turn 1 and turn 2 are the same kind of thing.
  const hashes = trace.names.map((name) => hash(name.replace(/\d+/g, '')));
  const colors = new Uint8Array(trace.length);
  for (let i = 0; i < trace.length; i++) {
    const h = hashes[trace.name[i]];
    const hue = hues[trace.cat[i]] === -2 ? h % HUES.length : hues[trace.cat[i]];
    colors[i] = hue < 0 ? 0 : 1 + hue * SHADES + ((h >>> 8) % SHADES);
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
  const fill = [dark ? 'oklch(0.31 0.012 260)' : 'oklch(0.935 0.008 260)'];
  const edge = [dark ? 'oklch(0.42 0.015 260)' : 'oklch(0.84 0.012 260)'];
  const ink = [dark ? 'oklch(0.78 0.015 260)' : 'oklch(0.45 0.02 260)'];
  for (const hue of HUES) {
    for (let shade = 0; shade < SHADES; shade++) {
      const step = (shade - 1) * 0.025;
      fill.push(dark ? `oklch(${0.44 + step} 0.095 ${hue})` : `oklch(${0.83 + step} 0.088 ${hue})`);
      edge.push(dark ? `oklch(${0.6 + step} 0.11 ${hue})` : `oklch(${0.66 + step} 0.12 ${hue})`);
      ink.push(dark ? `oklch(0.97 0.015 ${hue})` : `oklch(0.27 0.06 ${hue})`);
    }
  }
  return { fill, edge, ink };
}
