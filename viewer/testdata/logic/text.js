// SPDX-License-Identifier: Apache-2.0

const { text } = await import('./text.js');

test('marks that turn the direction are shown', () => {
  equal(text('a\u202egpj.exe\u202c\u061c', 100), 'a\\u202egpj.exe\\u202c\\u061c');
  equal(text({ 'x\u2067': ['\u200f'] }, 100), '{"x\\u2067":["\\u200f"]}');
});

test('letters that are written from right to left stay', () => equal(text('\u05d0\u0627', 100), '\u05d0\u0627'));

test('a text is no longer than asked', () => equal(text('abcd\u202e', 6), 'abcd\\u…'));
