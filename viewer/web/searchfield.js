// SPDX-License-Identifier: Apache-2.0

// SearchField is the search in the head of the page, with the list of what it found.

import { showResults } from './results.js';
import { Search } from './search.js';

const TYPING = 150; // ms without a key until the search begins

export class SearchField {
  // dom has the elements query, found and results. onMatches is told which slices match.
  constructor(dom, { view, navigator, onMatches, onLeave }) {
    this.dom = dom;
    this.view = view;
    this.navigator = navigator;
    this.onMatches = onMatches;
    this.onLeave = onLeave; // the page has the keys again
    this.query = '';
    this.search = null;
    this.bindField();
    this.bindList();
  }

  // show searches in another trace for the same.
  show(trace) {
    this.search = new Search(trace);
    this.find(this.query);
  }

  clear() {
    this.search = null;
  }

  // matches is how many slices were found.
  get matches() {
    return this.search?.ids.length ?? 0;
  }

  find(query) {
    if (!this.search) return;
    const { dom, search } = this;
    this.query = query;
    search.find(query);
    if (dom.query.value !== query) dom.query.value = query;
    dom.found.textContent = search.summary;
    showResults(dom.results, search, {
      onSlice: (id) => this.goTo(id),
      onTrack: (track) => this.goTo(this.navigator.nearest(track)),
    });
    this.onMatches(search.matches);
  }

  // goTo goes to a result, from where next goes on.
  goTo(id) {
    this.search.visit(id);
    this.navigator.go(id);
    this.dom.found.textContent = this.search.summary;
    this.onLeave();
  }

  // next goes to the next match or the one before; at first, to the next one on the screen.
  next(by) {
    if (!this.search) return;
    const { search, view } = this;
    this.navigator.go(search.position < 0 && by > 0 ? search.stepFrom(view.start) : search.step(by));
    this.dom.found.textContent = search.summary;
  }

  focus() {
    this.dom.query.select();
  }

  bindField() {
    const { query, results } = this.dom;
    let timer = 0;
    query.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.find(query.value), TYPING);
    });
    const actions = {
      ArrowDown: () => results.querySelector('button')?.focus(),
      Escape: () => {
        this.find('');
        this.onLeave();
      },
      Enter: (event) => {
        clearTimeout(timer);
        if (this.query !== query.value) this.find(query.value);
        this.next(event.shiftKey ? -1 : 1);
        this.onLeave(); // there n and N go on
      },
    };
    query.addEventListener('keydown', (event) => {
      if (!Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      actions[event.key](event);
    });
  }

  // bindList lets the arrow keys walk through the list, and Escape lead back.
  bindList() {
    const { query, results } = this.dom;
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
}
