// SPDX-License-Identifier: Apache-2.0

// The keyboard. Keys are taken by the letter they produce, so they work on any
// layout, and only where nothing else wants them.

const ZOOM = 0.75;
const PAN = 0.15; // of the width

export function bindKeys(app) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || app.dom.help.open) return;
    if (event.target instanceof HTMLInputElement) return;
    const action = ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()];
    // Without a trace there is nothing to move in, but it may be there by now.
    if (!action || (!app.trace && action !== ACTIONS.r)) return;
    event.preventDefault();
    action(app, event);
  });
}

const zoom = (factor) => (app) => app.setView((view) => view.zoomAt(view.width / 2, factor));
const pan = (by) => (app) => app.setView((view) => view.panBy(by * view.width));
const scroll = (by) => (app) => { app.dom.scroller.scrollTop += by; };
const follow = (forward) => (app) => { if (app.selected >= 0) app.go(app.trace.follow(app.selected, forward)); };

const ACTIONS = {
  w: zoom(ZOOM), s: zoom(1 / ZOOM), '+': zoom(ZOOM), '-': zoom(1 / ZOOM),
  a: pan(-PAN), d: pan(PAN), ArrowLeft: pan(-PAN), ArrowRight: pan(PAN),
  ArrowUp: (app) => app.changeTrack(-1), ArrowDown: (app) => app.changeTrack(1),
  PageUp: (app) => scroll(-app.height * 0.9)(app), PageDown: (app) => scroll(app.height * 0.9)(app),
  0: (app) => app.setView((view) => view.fitAll()),
  f: (app) => app.fitSelection(),
  ']': follow(true), '[': follow(false),
  ',': walk(-1), '.': walk(1),
  Backspace: (app, event) => app.go(app.trail.step(event.shiftKey ? 1 : -1)),
  p: (app) => { if (app.selected >= 0) app.go(app.trace.parent[app.selected]); },
  '/': (app) => app.dom.query.select(),
  n: (app) => app.nextMatch(1),
  N: (app) => app.nextMatch(-1),
  g: (app) => { if (app.gaps.length > 0) app.nextGap(); },
  i: (app) => app.fold(),
  r: (app) => app.load(),
  '?': (app) => app.dom.help.showModal(),
  Escape: (app) => (app.search.query === '' ? app.select(-1) : app.find('')),
};

// walk goes to the neighbour in the row. Without a selection it begins at the first slice.
function walk(by) {
  return (app) => {
    const { trace, selected } = app;
    if (trace.length === 0) return;
    if (selected < 0) {
      app.go(0);
      return;
    }
    const id = selected + by;
    if (trace.row[id] === trace.row[selected]) app.go(id);
  };
}
