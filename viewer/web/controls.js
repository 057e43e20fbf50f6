// SPDX-License-Identifier: Apache-2.0

// The buttons and the search field in the head of the page.

const TYPING = 150; // ms without a key until the search begins

export function bindControls(app) {
  const { fit, reload, keys, query, help } = app.dom;
  fit.addEventListener('click', () => app.setView((view) => view.fitAll()));
  reload.addEventListener('click', () => app.load());
  keys.addEventListener('click', () => help.showModal());
  bindQuery(app, query);
}

function bindQuery(app, query) {
  let timer = 0;
  query.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => app.find(query.value), TYPING);
  });
  query.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
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
