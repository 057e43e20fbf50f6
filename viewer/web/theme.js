// SPDX-License-Identifier: Apache-2.0

// Theme has the colours for what is drawn on a canvas, as they are on the light or the dark page.

import { palette } from './color.js';

// COLORS are those of the style sheet.
const COLORS = {
  page: '--page', header: '--header', line: '--line', grid: '--grid', muted: '--muted', accent: '--accent',
  arrow: '--arrow', arrowDim: '--arrow-dim', incoming: '--incoming', outgoing: '--outgoing',
  selected: '--selected', counter: '--counter', shade: '--shade', cancel: '--cancel', lost: '--lost',
};

export class Theme {
  // onChange is called when the page becomes light or dark.
  constructor(onChange) {
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.read();
    this.scheme.addEventListener('change', () => {
      this.read();
      onChange();
    });
  }

  read() {
    const style = getComputedStyle(document.documentElement);
    this.colors = Object.fromEntries(Object.entries(COLORS).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]));
    this.palette = palette(this.scheme.matches);
  }
}
