// SPDX-License-Identifier: Apache-2.0

const { parse } = await import('./load.js');
const { follow } = await import('./links.js');
const { Scanner } = await import('./scan.js');

const read = (events) => parse(JSON.stringify(events)).trace;
const X = (name, ts, dur, more = {}) => ({ ph: 'X', name, ts, dur, pid: 1, tid: 1, ...more });
const find = (trace, name) => Array.from({ length: trace.length }, (_, id) => id).find((id) => trace.nameOf(id) === name);
const depths = (trace) => Array.from({ length: trace.length }, (_, id) => `${trace.nameOf(id)} ${trace.depthOf(id)}`).sort();
const arrows = (trace) => Array.from(trace.arrows.from, (from, a) => `${trace.nameOf(from)}>${trace.nameOf(trace.arrows.to[a])}`);
const flow = (ph, ts, id, more = {}) => ({ ph, name: 'f', id, ts, pid: 1, tid: 1, ...more });

test('slices nest by time, whatever their order in the file', () => {
  const trace = read([X('c', 2, 1), X('b', 1, 5), X('a', 0, 10), X('next', 10, 1), X('moment', 10, 0)]);
  equal(depths(trace), ['a 0', 'b 1', 'c 2', 'moment 1', 'next 0']);
  equal(trace.parent[find(trace, 'c')], find(trace, 'b'));
  equal(trace.selfTime(find(trace, 'a')), 5000);
});

test('slices that overlap partly do not share a row', () => {
  const trace = read([X('a', 0, 10), X('b', 5, 10), X('c', 12, 10), X('d', 30, 1)]);
  equal(depths(trace), ['a 0', 'b 1', 'c 2', 'd 0']);
});

test('B and E make slices, and what has not ended goes on to the end of the trace', () => {
  const trace = read([
    { ph: 'B', name: 'outer', ts: 1, pid: 1, tid: 1, args: { a: 1 } }, { ph: 'B', name: 'inner', ts: 2, pid: 1, tid: 1 },
    { ph: 'E', ts: 3, pid: 1, tid: 1 }, { ph: 'E', ts: 5, pid: 1, tid: 1, args: { b: 2 } },
    { ph: 'B', name: 'point', ts: 6, pid: 1, tid: 1 }, { ph: 'E', ts: 6, pid: 1, tid: 1 },
    { ph: 'B', name: 'open', ts: 7, pid: 1, tid: 1 }, { ph: 'E', ts: 9, pid: 1, tid: 2 }, X('last', 10, 2),
  ]);
  const outer = find(trace, 'outer'), open = find(trace, 'open');
  equal([trace.start[outer], trace.end[outer]], [0, 4000]);
  equal(trace.args[outer], { a: 1, b: 2 });
  equal(trace.depthOf(find(trace, 'inner')), 1);
  equal(trace.end[find(trace, 'point')] - trace.start[find(trace, 'point')], 0);
  equal([trace.end[open], trace.open[open]], [11000, 1]);
  equal([...trace.skipped], [['that end what never began', 1]]);
});

test('times keep their nanoseconds', () => {
  const trace = read([X('a', 1000.001, 0.001), X('b', 5000.123, 1.5)]);
  const b = find(trace, 'b');
  equal([trace.end[find(trace, 'a')], trace.start[b], trace.end[b]], [1, 4000122, 4001622]);
});

test('an arrow binds to the deepest slice that holds it', () => {
  const trace = read([
    X('out', 0, 10), X('call_soon', 4, 0), flow('s', 4, 1), X('run', 20, 5), X('inside', 21, 1), flow('f', 20, 1, { bp: 'e' }),
  ]);
  equal(arrows(trace), ['call_soon>run']);
  equal(follow(trace, find(trace, 'out'), true), find(trace, 'run'));
  equal(follow(trace, find(trace, 'inside'), false), find(trace, 'call_soon'));
});

test('an arrow may leave at the very end of a slice', () => {
  equal(arrows(read([X('a', 0, 10), flow('s', 10, 1), X('b', 20, 1), flow('f', 20, 1, { bp: 'e' })])), ['a>b']);
  equal(arrows(read([X('a', 0, 10), X('c', 10, 5), flow('s', 10, 1), X('b', 20, 1), flow('f', 20, 1, { bp: 'e' })])), ['c>b']);
});

test('without bp an arrow ends at the next slice', () => {
  const trace = read([X('a', 0, 10), flow('s', 5, 1), X('b', 20, 5), X('c', 21, 1), flow('f', 12, 1)]);
  equal(arrows(trace), ['a>b']);
  equal(trace.arrows.toTime[0], 20000);
});

test('steps make chains, and an end does not close its flow', () => {
  const trace = read([
    X('a', 0, 1), X('b', 10, 1), X('c', 20, 1), X('d', 30, 1),
    flow('s', 0, '0x1'), flow('t', 10, '0x1'), flow('f', 20, '0x1', { bp: 'e' }), flow('f', 30, '0x1', { bp: 'e' }),
  ]);
  equal(arrows(trace), ['a>b', 'b>c', 'b>d']);
});

test('the key of a flow is category, name and id', () => {
  const trace = read([
    X('a', 0, 1), X('b', 10, 1), flow('s', 0, 1, { cat: 'x' }), flow('f', 10, 1, { cat: 'y', bp: 'e' }),
    flow('s', 0, 2, { name: 'n' }), flow('f', 10, 2, { bp: 'e' }),
  ]);
  equal(arrows(trace), []);
  equal([trace.arrows.unbound, trace.arrows.unanswered], [2, 2]);
});

test('ends outside of slices are counted', () => {
  const trace = read([X('a', 0, 1), flow('s', 0, 1), flow('f', 50, 1, { bp: 'e' }), flow('s', 40, 2), flow('f', 50, 2)]);
  equal([arrows(trace).length, trace.arrows.unbound], [0, 2]);
});

test('the second form of flows binds to the slice itself', () => {
  const trace = read([
    X('p', 0, 4, { bind_id: 7, flow_out: true }), X('c1', 10, 1, { tid: 2, bind_id: 7, flow_in: true }),
    X('c2', 20, 1, { tid: 3, bind_id: 7, flow_in: true }), X('no', 30, 1, { bind_id: 7 }),
  ]);
  equal(arrows(trace), ['p>c1', 'p>c2']);
  equal([trace.arrows.fromTime[0], trace.arrows.toTime[0]], [4000, 10000]);
});

test('counters have a track for each series', () => {
  const trace = read([
    { ph: 'C', name: 'n', ts: 5, pid: 1, args: { a: 1, b: -2 } }, { ph: 'C', name: 'n', ts: 1, pid: 1, args: { a: '3' } },
  ]);
  equal(trace.counters.map((c) => [c.label, [...c.ts], [...c.value]]), [['n a', [0, 4000], [3, 1]], ['n b', [4000], [-2]]]);
});

test('tracks are sorted by index, then by number', () => {
  const name = (what, tid, args) => ({ ph: 'M', name: what, pid: 1, tid, args });
  const trace = read([
    X('a', 0, 1, { tid: 10 }), X('b', 0, 1, { tid: 9 }), X('c', 0, 1, { tid: 8 }), X('d', 0, 1, { pid: 0, tid: 99 }),
    name('thread_sort_index', 9, { sort_index: -1 }), name('thread_name', 10, { name: 'ten' }), name('process_sort_index', 1, { sort_index: -5 }),
  ]);
  equal(trace.tracks.map((t) => t.name || t.tid), [9, 8, 'ten', 99]);
});

test('the text may come in pieces of any size', () => {
  const whole = '{"a":"x\\"]","traceEvents":[{"n":"\\\\\\"}"} ,\n[2],{"n":{"m":[]}}],"b":[1,{"c":"]"}],"traceEvents":[{"last":1}]} trailing';
  for (let size = 1; size <= whole.length; size++) {
    const seen = [];
    const scanner = new Scanner((events) => seen.push(...events), () => seen.push('bad'));
    for (let i = 0; i < whole.length; i += size) scanner.push(whole.slice(i, i + size));
    equal([size, seen, scanner.end().cut], [size, [{ n: '\\"}' }, [2], { n: { m: [] } }, { last: 1 }], false]);
  }
});

test('a slice of curtain is called after its name and what it is about, a step after its task', () => {
  const label = (cat, name, args) => { const t = read([X(name, 0, 1, { cat, args })]); return t.nameOf(0); };
  equal(label('wait', 'waits for', { what: 'lock 7' }), 'waits for lock 7');
  equal(label('turn', 'turn', { what: 3, ready: 2 }), 'turn 3');
  equal(label('step', 'step', { what: 'Task-2 main' }), 'Task-2 main');
  equal(label('step', 'step', { task: 2 }), 'step');
  equal(label('cause', 'wake', { what: { a: 1 } }), 'wake');
  equal(label('theirs', 'name', { what: 'x' }), 'name');
  equal(label('step', 'step', 'text'), 'step');
});

const spans = (trace) => Array.from({ length: trace.length }, (_, id) => `${trace.trackOf(id).name}: ${trace.nameOf(id)} ${trace.start[id] / 1000}-${trace.end[id] / 1000}`).sort();
const a = (ph, name, ts, id, more = {}) => ({ ph, name, ts, id, cat: 'net', pid: 1, tid: 1, ...more });

test('asynchronous events make trees, and trees that overlap lie on different tracks', () => {
  const trace = read([
    X('x', 0, 100), a('b', 'request', 10, 1, { args: { url: '/' } }), a('b', 'dns', 20, 1), a('b', 'request', 30, 2), a('e', 'dns', 40, 1),
    a('n', 'first byte', 45, 1), a('e', 'request', 50, 1, { args: { status: 200 } }), a('e', 'request', 60, 2), a('b', 'request', 70, 3), a('b', 'other', 71, 3, { cat: 'disk' }),
  ]);
  equal(spans(trace), [
    ': x 0-100', 'async disk: other 71-100', 'async net #2: request 30-60', 'async net: dns 20-40', 'async net: first byte 45-45', 'async net: request 10-50',
    'async net #2: request 70-100',
  ].sort());
  const [request, dns, open] = ['request', 'dns', 'other'].map((name) => find(trace, name));
  equal([trace.args[request], trace.parent[dns], trace.depthOf(dns), trace.open[open]], [{ url: '/', status: 200 }, request, 1, 1]);
  equal([...trace.skipped], []);
});

test('the old form of asynchronous events is known by category, name and id', () => {
  const trace = read([a('S', 'r', 0, '0x1'), a('S', 'q', 1, '0x1'), a('T', 'r', 2, '0x1'), a('p', 'q', 3, '0x1'), a('F', 'r', 4, '0x1'), a('F', 'q', 5, '0x1'), a('F', 'gone', 6, '0x1')]);
  equal(spans(trace), ['async net #2: q 1-5', 'async net #2: q 3-3', 'async net: r 0-4', 'async net: r 2-2']);
  equal([...trace.skipped], [['that end what never began', 1]]);
});

test('asynchronous events of two processes and scopes are apart, and an end without name ends the innermost', () => {
  const trace = read([
    a('b', 'one', 0, 1, { scope: 's' }), a('b', 'two', 1, 1, { scope: 't' }), a('e', 'one', 2, 1, { scope: 's' }), a('b', 'three', 3, undefined, { id2: { local: 'x' }, pid: 2 }),
    a('e', undefined, 4, 1, { scope: 't' }), a('e', 'three', 5, undefined, { id2: { local: 'x' }, pid: 2 }),
  ]);
  equal(spans(trace), ['async net #2: two 1-4', 'async net: one 0-2', 'async net: three 3-5']);
});
