// SPDX-License-Identifier: Apache-2.0

// element makes an element of the page that holds a text, never markup.
export function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}
