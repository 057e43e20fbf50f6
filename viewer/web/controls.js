// SPDX-License-Identifier: Apache-2.0

// The buttons and the search field in the head of the page.

const ZOOM = 0.5;
const TYPING = 150; // ms without a key until the search begins

export function bindControls(app) {
  const { fit, closer, farther, reload, keys, query, help, fold, gap, results } = app.dom;
  fit.addEventListener('click', () => app.setView((view) => view.fitAll()));
  closer.addEventListener('click', () => app.setView((view) => view.zoomAt(view.width / 2, ZOOM)));
  farther.addEventListener('click', () => app.setView((view) => view.zoomAt(view.width / 2, 1 / ZOOM)));
  fold.addEventListener('click', () => app.fold());
  gap.addEventListener('click', () => app.nextGap());
  reload.addEventListener('click', () => app.load());
  keys.addEventListener('click', () => help.showModal());
  bindQuery(app, query);
  bindResults(app, query, results);
}

function bindQuery(app, query) {
  let timer = 0;
  query.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => app.find(query.value), TYPING);
  });
  query.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') {
      app.dom.results.querySelector('button')?.focus();
    } else if (event.key === 'Escape') {
      app.find('');
      app.dom.chart.focus();
    } else if (event.key === 'Enter') {
      clearTimeout(timer);
      if (app.search?.query !== query.value) app.find(query.value);
      app.nextMatch(event.shiftKey ? -1 : 1);
      // From here n and N go on.
      app.dom.chart.focus();
    } else {
      return;
    }
    event.preventDefault();
  });
}

// bindResults lets the arrow keys walk through the list, and Escape lead back.
function bindResults(app, query, results) {
  results.addEventListener('keydown', (event) => {
    const buttons = [...results.querySelectorAll('button')];
    const at = buttons.indexOf(event.target);
    if (event.key === 'ArrowDown') buttons[Math.min(at + 1, buttons.length - 1)].focus();
    else if (event.key === 'ArrowUp') (buttons[at - 1] ?? query).focus();
    else if (event.key === 'Escape') query.focus();
    else if (event.key !== 'Enter' && event.key !== ' ' && event.key.length > 1) return;
    else {
      event.stopPropagation(); // no key of the page is meant here
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
}
