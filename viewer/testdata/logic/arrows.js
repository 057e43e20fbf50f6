// SPDX-License-Identifier: Apache-2.0

const { parse } = await import('./load.js');
const { Layout } = await import('./layout.js');
const { View } = await import('./view.js');
const { drawArrows, hiddenText, FEW } = await import('./arrows.js');
const { NO_ARROWS, arrowKind, arrowsOf } = await import('./links.js');
const { Viewport } = await import('./viewport.js');

// sceneOf shows n arrows between two tracks.
function sceneOf(n, name = 'done') {
  const events = [];
  for (let i = 0; i < n; i++) {
    events.push({ ph: 'X', name: 'a', ts: i * 10, dur: 2, pid: 1, tid: 1 }, { ph: 'X', name: 'b', ts: i * 10 + 5, dur: 2, pid: 1, tid: 2 });
    events.push({ ph: 's', name, id: i, ts: i * 10, pid: 1, tid: 1 }, { ph: 'f', bp: 'e', name, id: i, ts: i * 10 + 5, pid: 1, tid: 2 });
  }
  const { trace } = parse(JSON.stringify(events));
  const view = new View();
  view.width = 800;
  view.setLimit(trace.duration);
  view.fitAll();
  const theme = { arrow: '#000', arrowDim: '#000', incoming: '#00f', outgoing: '#00f', cancel: '#f00' };
  const viewport = new Viewport(view, new Layout(trace, new Set()), 0, 200);
  return { trace, view, viewport, theme, selection: { arrows: NO_ARROWS, hoveredArrows: NO_ARROWS } };
}

const selecting = (scene, id) => ({ ...scene, selection: { arrows: arrowsOf(scene.trace, id), hoveredArrows: NO_ARROWS } });
const hovering = (scene, id) => ({ ...scene, selection: { arrows: NO_ARROWS, hoveredArrows: arrowsOf(scene.trace, id) } });

// drawn returns how many are hidden, and how many pixels of which kind are painted in a box.
function drawn(scene, texts = [], [x, y, width, tall] = [0, 0, 800, 200]) {
  const ctx = new OffscreenCanvas(800, 200).getContext('2d', { willReadFrequently: true });
  const hidden = drawArrows(ctx, scene, texts);
  const { data } = ctx.getImageData(x, y, width, tall);
  let painted = 0, red = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 0) painted++;
    if (data[i] > 200 && data[i + 3] > 0) red++;
  }
  return { hidden, painted, red };
}

test('few arrows are drawn, many only if their slice is selected or hovered', () => {
  const few = drawn(sceneOf(FEW));
  equal([few.hidden, few.painted > 1000], [0, true]);
  const scene = sceneOf(FEW + 1);
  equal(drawn(scene), { hidden: FEW + 1, painted: 0, red: 0 });
  const one = arrowsOf(scene.trace, 0);
  const selected = drawn(selecting(scene, 0));
  equal([one.outgoing.length, selected.hidden, selected.painted > 20], [1, 0, true]);
  const more = sceneOf(FEW + 2);
  equal(drawn(hovering(more, 0)).hidden, FEW + 1);
  equal(drawn(hovering(more, 0)).painted > 20, true);
  more.view.set(0, 200e3);
  equal(drawn(more).hidden, 0);
});

test('no arrow goes through a text', () => {
  const scene = sceneOf(1);
  const middle = [380, 0, 60, 200];
  equal(drawn(scene, [], middle).painted > 50, true);
  equal(drawn(scene, [middle], middle).painted, 0);
  equal(drawn(scene, [middle]).painted > 50, true);
  equal(drawn(selecting(scene, 0), [middle], middle).painted, 0);
});

test('waits and cancellations have arrows of their own', () => {
  const waiting = (scene) => { scene.trace.cats.push('wait'); scene.trace.cat.fill(scene.trace.cats.length - 1); return scene; };
  equal([sceneOf(1), sceneOf(1, 'cancel'), waiting(sceneOf(1)), waiting(sceneOf(1, 'cancelled'))].map(({ trace }) => arrowKind(trace, 0)), ['cause', 'cancel', 'wait', 'cancel']);
  const cause = drawn(sceneOf(1)), wait = drawn(waiting(sceneOf(1))), cancel = drawn(sceneOf(1, 'cancelled'));
  equal([cause.red, cancel.red > 100, wait.painted < cause.painted * 0.85], [0, true, true]);
});

test('the number of hidden arrows is told', () => {
  equal([0, 1, 101, 2000, 10000].map(hiddenText), ['', '1 arrow hidden', '101 arrows hidden', '2,000 arrows hidden', 'over 10,000 arrows hidden']);
});
