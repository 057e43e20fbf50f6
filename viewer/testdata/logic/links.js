// SPDX-License-Identifier: Apache-2.0

const { parse } = await import('./load.js');
const { argsOf, arrowsOf, partner } = await import('./links.js');

// stepsOf reads two steps of a loop and those on the track of their task. more are the
// arguments of the loop's steps.
function stepsOf(more, ...others) {
  const step = (tid, ts, dur, args) => ({ ph: 'X', name: 'step', cat: 'step', ts, dur, pid: 1, tid, args: { task: 1, ...args } });
  const { trace } = parse(JSON.stringify([
    { ph: 'M', name: 'thread_name', pid: 1, tid: 2, args: { name: 'Task-1', loop: 1 } },
    { ph: 'X', name: 'turn', cat: 'turn', ts: 0, dur: 100, pid: 1, tid: 1 },
    step(1, 10, 10, more), step(1, 40, 10, more),
    { ph: 'X', name: 'ready', cat: 'ready', ts: 5, dur: 6, pid: 1, tid: 2 }, step(2, 11, 8, { line: 1 }),
    { ph: 'X', name: 'waits for', cat: 'wait', ts: 19, dur: 22, pid: 1, tid: 2 }, step(2, 42, 7, { line: 2 }),
    { ph: 'X', name: 'wake', cat: 'cause', ts: 13, dur: 0, pid: 1, tid: 2 },
    { ph: 's', name: 'f', id: 1, ts: 13, pid: 1, tid: 2 }, { ph: 'f', bp: 'e', name: 'f', id: 1, ts: 42, pid: 1, tid: 2 }, ...others,
  ]));
  const ids = Array.from({ length: trace.length }, (_, id) => id).filter((id) => trace.is(id, 'step') && trace.trackOf(id).tid === 1);
  return { trace, ids };
}

test('a step on the loop’s track has the arguments and arrows of the one on its task’s', () => {
  const { trace, ids: [first, second] } = stepsOf({ lane: 2 });
  equal([first, second].map((id) => trace.args[partner(trace, id)].line), [1, 2]);
  equal([first, second].map((id) => argsOf(trace, id)), [{ task: 1, lane: 2, line: 1 }, { task: 1, lane: 2, line: 2 }]);
  equal(arrowsOf(trace, first), { incoming: [], outgoing: [0] });
  equal(arrowsOf(trace, second), { incoming: [0], outgoing: [] });
  equal(partner(trace, partner(trace, first)), -1);
});

test('files that do not say which track it is, or the wrong one, are drawn without', () => {
  const broken = [{}, { lane: 3 }, { lane: '2' }, { lane: { a: 1 } }, { lane: null }, { lane: 4 }];
  for (const more of broken) {
    const { trace, ids } = stepsOf(more, { ph: 'M', name: 'thread_name', pid: 1, tid: 4, args: { name: 'without slices' } });
    equal([more, ids.map((id) => partner(trace, id))], [more, [-1, -1]]);
    equal(ids.map((id) => arrowsOf(trace, id)), [{ incoming: [], outgoing: [] }, { incoming: [], outgoing: [] }]);
  }
});

test('a track without a step at that time has no partner', () => {
  const { trace, ids } = stepsOf({ lane: 3 }, { ph: 'X', name: 'step', cat: 'step', ts: 20, dur: 20, pid: 1, tid: 3 }, { ph: 'X', name: 'x', ts: 41, dur: 3, pid: 1, tid: 3 });
  equal(ids.map((id) => partner(trace, id)), [-1, -1]);
});
