// SPDX-License-Identifier: Apache-2.0

// What all that draws on a canvas has in common.

export const FONT = '12px "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

// sizeCanvas fits the canvas's pixels to those of the screen and clears it.
export function sizeCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}
