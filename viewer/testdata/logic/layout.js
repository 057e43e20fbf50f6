// SPDX-License-Identifier: Apache-2.0

const { parse } = await import('./load.js');
const { Layout, HEADER_HEIGHT, ROW_HEIGHT, TRACK_PAD } = await import('./layout.js');
const { arrowsOf, follow } = await import('./links.js');
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

test('categories of others differ in colour, and waiting is pale', () => {
  const cats = ['v8', 'net', 'disk', 'gc', 'gpu', 'io.wait', 'task.wait', 'idle'];
  const { trace: many } = parse(JSON.stringify(cats.map((cat, i) => ({ ph: 'X', name: 'x', cat, ts: i * 10, dur: 5, pid: 1, tid: 1 }))));
  const colors = assignColors(many);
  equal(new Set(colors.slice(0, 5)).size, 5);
  equal([...colors.slice(5)], [0, 0, 0]);
});

test('search finds tracks, labels, arguments, places and outcomes', () => {
  const { trace: t } = parse(JSON.stringify([
    { ph: 'M', name: 'thread_name', pid: 1, tid: 2, args: { name: 'worker-3' } },
    { ph: 'X', name: 'step', cat: 'step', ts: 0, dur: 1, pid: 1, tid: 1, args: { what: 'Task-9', file: '/src/app/server.py', line: 12, outcome: 'cancelled', task: 9 } },
    { ph: 'X', name: 'waits for', cat: 'wait', ts: 5, dur: 1, pid: 1, tid: 1, args: { what: 'lock 7', file: '/src/app/server.py', line: 120, n: 9 } },
    { ph: 'X', name: 'plain', ts: 3, dur: 1, pid: 1, tid: 2, args: 'a text' }, { ph: 'X', name: 'bare', ts: 4, dur: 1, pid: 1, tid: 2 },
  ]));
  const search = new Search(t);
  const found = (query) => { search.find(query); return [...search.ids].map((id) => t.nameOf(id)).concat(search.tracks.map((track) => track.name)); };
  equal(found('LOCK 7'), ['waits for lock 7']);
  equal(found('cancel'), ['Task-9']);
  equal(found('server.py'), ['Task-9', 'waits for lock 7']);
  equal(found('server.py:12'), ['Task-9']);
  equal(found('n=9'), ['waits for lock 7']);
  equal(found('file=server'), ['Task-9', 'waits for lock 7']);
  equal(found('a text'), ['plain']);
  equal(found('worker-3'), ['worker-3']);
  equal([search.found, search.summary, [...search.matches].filter(Boolean).length], [1, '1 found', 2]);
  equal(found('   '), []);
  equal([found('nothing like it'), search.summary], [[], 'none']);
  search.find('cancel');
  equal([search.why(search.ids[0]), search.step(1)], ['outcome: cancelled', search.ids[0]]);
});

test('what ended a wait is an arrow of the wait', () => {
  const { trace: t } = parse(JSON.stringify([
    { ph: 'X', name: 'wake', cat: 'cause', ts: 20, dur: 0, pid: 1, tid: 1 },
    { ph: 'X', name: 'sleep', cat: 'wait', ts: 5, dur: 14, pid: 1, tid: 2 }, { ph: 'X', name: 'ready', cat: 'ready', ts: 20, dur: 5, pid: 1, tid: 2 },
    { ph: 'X', name: 'step', cat: 'step', ts: 26, dur: 5, pid: 1, tid: 2 }, { ph: 'X', name: 'sleep', cat: 'wait', ts: 40, dur: 5, pid: 1, tid: 2 },
    { ph: 's', id: 1, name: 'timer', ts: 20, pid: 1, tid: 1 }, { ph: 'f', bp: 'e', id: 1, name: 'timer', ts: 26, pid: 1, tid: 2 },
  ]));
  const [sleep, last] = [0, 1, 2, 3, 4].filter((id) => t.nameOf(id) === 'sleep');
  const from = (id) => arrowsOf(t, id).incoming.map((arrow) => t.nameOf(t.arrows.from[arrow]));
  equal([from(sleep), from(sleep + 1), from(sleep + 2), from(last)], [['wake'], ['wake'], ['wake'], []]);
  equal(t.nameOf(follow(t, sleep, false)), 'wake');
});

test('the nearest slice of a row', () => {
  const { trace: t } = parse(JSON.stringify([X('a', 10, 10), X('b', 40, 1), X('c', 60, 1)]));
  equal([0, 15e3, 20e3, 24e3, 29e3, 36e3, 90e3].map((time) => t.nameOf(t.nearest(0, time))), ['a', 'a', 'a', 'b', 'b', 'b', 'c']);
});

const { gapsOf, lostText } = await import('./lost.js');
test('gaps are those of a loop, with the number of records', () => {
  const tracks = [[1, undefined], [2, 1], [3, 1], [4, undefined]].map(([tid, loop]) => ({ ph: 'M', name: 'thread_name', pid: 1, tid, args: { name: `t${tid}`, loop } }));
  const { trace: t } = parse(JSON.stringify([
    ...tracks, ...[1, 2, 3, 4].map((tid) => X('x', 0, 1, tid)),
    { ph: 'X', name: 'records lost', cat: 'lost', ts: 50, dur: 10, pid: 1, tid: 1, args: { records: 1200 } },
    { ph: 'X', name: 'records lost', cat: 'lost', ts: 50.001, dur: 9, pid: 1, tid: 2, args: { records: 1200 } },
    { ph: 'X', name: '34 records lost', cat: 'cause', ts: 20, dur: 0, pid: 1, tid: 4 },
  ]));
  const gaps = gapsOf(t);
  equal(gaps.map(({ start, end, records, tracks: on }) => [start / 1000, end / 1000, records, [...on].map((p) => t.tracks[p].tid)]), [[20, 20, 34, [4]], [50, 60, 1200, [1, 2, 3]]]);
  equal([lostText(gaps), lostText([]), lostText([{ records: 1 }])], ['1,234 records were lost in 2 places: what is hatched is not known.', '', '1 record was lost in 1 place: what is hatched is not known.']);
});
