// SPDX-License-Identifier: Apache-2.0

const { palette, assignColors } = await import('./color.js');
const { CATEGORIES } = await import('./vocabulary.js');
const { parse } = await import('./load.js');

// Linear RGB as people with each dichromacy see it (Machado, Oliveira and Fernandes 2009, severity 1).
const SIGHT = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
const times = (m, [r, g, b]) => [0, 3, 6].map((i) => m[i] * r + m[i + 1] * g + m[i + 2] * b);
const within = (x) => Math.min(1, Math.max(0, x));

// linear returns what the browser paints for a colour.
const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
function linear(color) {
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
}

function oklab(rgb) {
  const lms = times([0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376, 0.6299787005], rgb.map(within)).map(Math.cbrt);
  return times([0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662, -0.808675766], lms);
}

const distance = (a, b) => Math.hypot(...a.map((x, i) => x - b[i]));
const luminance = (color) => { const [r, g, b] = linear(color); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const { trace } = parse(JSON.stringify(CATEGORIES.map((cat, i) => ({ ph: 'X', name: 'x', cat, ts: i * 10, dur: 5, pid: 1, tid: 1 }))));
const own = [...assignColors(trace)];

// 0.02 is just noticeable; three times that is told apart at a glance.
for (const dark of [false, true]) {
  for (const [sight, matrix] of Object.entries(SIGHT)) {
    test(`the categories differ to ${sight} on a ${dark ? 'dark' : 'light'} page`, () => {
      const { fill, edge } = palette(dark);
      for (const colors of [fill, edge]) {
        const seen = own.map((c) => oklab(times(matrix, linear(colors[c]))));
        const near = [];
        seen.forEach((a, i) => seen.slice(0, i).forEach((b, j) => { if (distance(a, b) < 0.06) near.push(`${CATEGORIES[i]}, ${CATEGORIES[j]}: ${distance(a, b).toFixed(3)}`); }));
        equal(near, []);
      }
    });
  }
  test(`labels are readable on a ${dark ? 'dark' : 'light'} page`, () => {
    const { fill, ink } = palette(dark);
    equal(fill.map((color, i) => [i, contrast(color, ink[i])]).filter(([, c]) => c < 4.5), []);
  });
}

test('a category has its colour whatever else is in the file, and whatever the slice is called', () => {
  const { trace: other } = parse(JSON.stringify([
    { ph: 'X', name: 'a', cat: 'theirs', ts: 0, dur: 1 }, { ph: 'X', name: 'b', cat: 'step', ts: 2, dur: 1 }, { ph: 'X', name: 'c', cat: 'turn', ts: 4, dur: 1 },
  ]));
  const [, step, turn] = assignColors(other);
  equal([step, turn], [own[CATEGORIES.indexOf('step')], own[CATEGORIES.indexOf('turn')]]);
});
