// SPDX-License-Identifier: Apache-2.0

// The buttons of the page.

const ZOOM = 0.5;

// bindControls lets the buttons move the parts of the page.
export function bindControls({ fit, closer, farther, reload: again, keys, fold, gap }, { view, navigator, panel, help, reload }) {
  fit.addEventListener('click', () => view.fitAll());
  closer.addEventListener('click', () => view.zoomAt(view.width / 2, ZOOM));
  farther.addEventListener('click', () => view.zoomAt(view.width / 2, 1 / ZOOM));
  fold.addEventListener('click', () => panel.fold());
  gap.addEventListener('click', () => navigator.nextGap());
  again.addEventListener('click', () => reload());
  keys.addEventListener('click', () => help.showModal());
}
