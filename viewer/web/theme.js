// SPDX-License-Identifier: Apache-2.0

// The colours of the style sheet, for what is drawn on a canvas.

const THEME = {
  page: '--page', header: '--header', line: '--line', grid: '--grid', muted: '--muted', accent: '--accent',
  arrow: '--arrow', arrowDim: '--arrow-dim', incoming: '--incoming', outgoing: '--outgoing',
  selected: '--selected', counter: '--counter', shade: '--shade', cancel: '--cancel', lost: '--lost',
};

// themeOf returns them as they are on the light or the dark page.
export function themeOf(root) {
  const style = getComputedStyle(root);
  return Object.fromEntries(Object.entries(THEME).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]));
}
