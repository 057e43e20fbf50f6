// SPDX-License-Identifier: Apache-2.0

// Makes elements of the page. What they say goes in as text, never as markup.

export function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

// definitions lists rows of a term, what it is, and a class for that; rows without are left out.
export function definitions(rows) {
  const list = element('dl');
  for (const [name, value, className] of rows) {
    if (value !== '') list.append(element('dt', name), element('dd', value, className));
  }
  return list;
}
