// SPDX-License-Identifier: Apache-2.0

const { parse } = await import('./load.js');
const { Layout, HEADER_HEIGHT, ROW_HEIGHT, TRACK_PAD } = await import('./layout.js');
const { View } = await import('./view.js');
const { Search } = await import('./search.js');
const { assignColors } = await import('./color.js');
const { formatDuration, formatTime, ticks } = await import('./time.js');
const { decode, encode } = await import('./link.js');

const X = (name, ts, dur, tid = 1, pid = 1) => ({ ph: 'X', name, cat: name, ts, dur, pid, tid });
const { trace } = parse(JSON.stringify([X('a', 0, 10), X('b', 2, 3), X('m', 4, 0, 2), X('n', 8, 1, 2), X('z', 0, 1, 1, 2)]));
const [a, b, m, n, z] = ['a', 'b', 'm', 'n', 'z'].map((name) => trace.names.indexOf(name)).map((i) => trace.name.indexOf(i));

test('tracks lie below each other', () => {
  const layout = new Layout(trace, new Set());
  equal(layout.items.map((i) => i.kind), ['process', 'track', 'track', 'process', 'track']);
  equal(layout.sliceTop(a), HEADER_HEIGHT + TRACK_PAD);
  equal(layout.sliceTop(b), HEADER_HEIGHT + TRACK_PAD + ROW_HEIGHT);
  equal(layout.height, 2 * HEADER_HEIGHT + 4 * ROW_HEIGHT + 6 * TRACK_PAD);
});

test('a point finds the slice there, or a tiny one near it', () => {
  const layout = new Layout(trace, new Set());
  const y = (id) => layout.sliceTop(id) + 3;
  equal(layout.hit(y(a), 9000, 0.5), a);
  equal(layout.hit(y(b), 9000, 500), -1);
  equal(layout.hit(y(m), 4400, 500), m);
  equal(layout.hit(y(m), 4600, 500), -1);
  equal(layout.hit(y(n), 7800, 500), n);
  equal(layout.hit(3, 100, 500), -1);
  equal(layout.hit(-50, 100, 500), -1);
  equal(layout.hit(1e9, 100, 500), -1);
});

test('the tracks of a collapsed process are not there', () => {
  const layout = new Layout(trace, new Set([1]));
  equal(layout.items.map((i) => i.kind), ['process', 'process', 'track']);
  equal(layout.sliceTop(b), layout.sliceTop(a));
  equal(layout.sliceTop(z), 2 * HEADER_HEIGHT + TRACK_PAD);
});

test('the view stays near the trace and keeps the time under the pointer', () => {
  const view = new View();
  view.width = 1000;
  view.setLimit(1e6);
  view.fitAll();
  const at = view.time(300);
  view.zoomAt(300, 0.1);
  equal(Math.round(view.time(300)), Math.round(at));
  for (let i = 0; i < 100; i++) view.zoomAt(300, 0.5);
  equal(view.span >= 20 && view.span < 21, true);
  for (let i = 0; i < 100; i++) view.zoomAt(300, 4);
  equal(view.span, 1.5e6);
  for (let i = 0; i < 100; i++) view.panBy(900);
  equal(view.start < 1e6, true);
  view.set(NaN, 5);
  view.set(0, Infinity);
  equal(view.start < 1e6, true);
});

test('times are readable and exact', () => {
  equal([0, 7, 999, 1234, 98765, 1.5e6, 123456789, 12.5e9].map(formatDuration),
    ['0 ns', '7 ns', '999 ns', '1.234 µs', '98.77 µs', '1.5 ms', '123.5 ms', '12.5 s']);
  equal([7, 1234, 1500000, 1234567891, 100e9].map(formatTime), ['7 ns', '1.234 µs', '1.5 ms', '1.234567891 s', '100 s']);
});

test('ticks have equal steps and one unit', () => {
  equal(ticks(0, 1000, 1000, 100).marks.map((t) => t.label).slice(0, 3), ['0.0 µs', '0.1 µs', '0.2 µs']);
  equal(ticks(1e9, 1e9 + 1000, 1000, 120).marks[1].label, '1.0000002 s');
  equal(ticks(-100, 1e22, 1000, 100).marks.length <= 11, true);
});

test('a link survives the way there and back', () => {
  const view = new View();
  view.setLimit(1e4);
  view.set(2000, 3000);
  for (const id of [a, b, m, n, z, -1]) equal(decode(trace, encode(trace, view, id)), { start: 2000, end: 3000, selected: id });
});

test('search finds by part of the name, in the order of time', () => {
  const search = new Search(trace);
  search.find('N');
  equal([...search.ids], [n]);
  search.find('');
  equal([search.matches, search.summary, search.step(1)], [null, '', -1]);
});

test('categories differ in colour, and waiting is pale', () => {
  const cats = ['turn', 'callback', 'step', 'schedule', 'work', 'wait', 'task.wait', 'poll'];
  const { trace: many } = parse(JSON.stringify(cats.map((cat, i) => ({ ph: 'X', name: 'x', cat, ts: i * 10, dur: 5, pid: 1, tid: 1 }))));
  const colors = assignColors(many);
  equal(new Set(colors.slice(0, 5)).size, 5);
  equal([...colors.slice(5)], [0, 0, 0]);
});
