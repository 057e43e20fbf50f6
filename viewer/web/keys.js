// SPDX-License-Identifier: Apache-2.0

// The keyboard. Keys are taken by the letter they produce, so they work on any layout, and only
// where nothing else wants them.

const ZOOM = 0.75;
const PAN = 0.15; // of the width
const PAGE = 0.9; // of the height

// bindKeys lets the keys move the parts of the page.
export function bindKeys(parts) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || parts.help.open) return;
    if (event.target instanceof HTMLInputElement) return;
    const action = ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()];
    // Without a trace there is nothing to move in, but it may be there by now.
    if (!action || (!parts.timeline.trace && action !== ACTIONS.r)) return;
    event.preventDefault();
    action(parts, event);
  });
}

const zoom = (factor) => ({ view }) => view.zoomAt(view.width / 2, factor);
const pan = (by) => ({ view }) => view.panBy(by * view.width);
const page = (by) => ({ timeline }) => timeline.scrollBy(by * timeline.height);

const ACTIONS = {
  w: zoom(ZOOM), s: zoom(1 / ZOOM), '+': zoom(ZOOM), '-': zoom(1 / ZOOM),
  a: pan(-PAN), d: pan(PAN), ArrowLeft: pan(-PAN), ArrowRight: pan(PAN),
  PageUp: page(-PAGE), PageDown: page(PAGE),
  0: ({ view }) => view.fitAll(),
  f: ({ navigator }) => navigator.fit(),
  ArrowUp: ({ navigator }) => navigator.changeTrack(-1), ArrowDown: ({ navigator }) => navigator.changeTrack(1),
  ']': ({ navigator }) => navigator.follow(true), '[': ({ navigator }) => navigator.follow(false),
  ',': ({ navigator }) => navigator.walk(-1), '.': ({ navigator }) => navigator.walk(1),
  p: ({ navigator }) => navigator.leave(),
  Backspace: ({ navigator }, event) => navigator.retrace(event.shiftKey ? 1 : -1),
  g: ({ navigator }) => navigator.nextGap(),
  '/': ({ searchField }) => searchField.focus(),
  n: ({ searchField }) => searchField.next(1), N: ({ searchField }) => searchField.next(-1),
  i: ({ panel }) => panel.fold(),
  r: ({ reload }) => reload(),
  '?': ({ help }) => help.showModal(),
  Escape: ({ searchField, navigator }) => (searchField.query === '' ? navigator.select(-1) : searchField.find('')),
};
