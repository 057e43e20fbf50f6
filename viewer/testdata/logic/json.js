// SPDX-License-Identifier: Apache-2.0

const { Walker } = await import('./json.js');
const { Scanner } = await import('./scan.js');

// marksOf walks through a text in pieces of a size, and returns the marks with their depths.
function marksOf(text, size = text.length) {
  const walker = new Walker(), marks = [];
  for (let at = 0; at < text.length; at += size) {
    const piece = text.slice(at, at + size);
    for (let i = walker.next(piece, 0); i < piece.length; i = walker.next(piece, i + 1)) marks.push(`${piece[i]}${walker.depth}`);
  }
  return { marks: marks.join(' '), key: walker.key };
}

test('the marks are those of the outermost level, wherever the text is cut', () => {
  const text = '"a\\"]":[1,{"b":"]}"}],"\\\\":{"c":[2,3]},"last":4} "behind"';
  for (let size = 1; size <= text.length; size++) {
    equal([size, marksOf(text, size).marks], [size, ':0 [1 ]0 ,0 :0 {1 }0 ,0 :0 }-1']);
  }
});

test('of a string no more is kept than tells keys apart', () => {
  for (const size of [1, 7, 1000]) {
    equal(marksOf('"traceEvents"', size).key, 'traceEvents');
    equal(marksOf(`"traceEvents${'x'.repeat(100)}"`, size).key.startsWith('traceEventsx'), true);
    equal(marksOf(`"${'x'.repeat(100)}"`, size).key.length < 33, true);
    equal(marksOf('"key":["value"]', size).key, 'key');
  }
});

test('only the array of that very name holds the events', () => {
  const read = (text) => {
    const seen = [];
    const scanner = new Scanner((events) => seen.push(...events), () => {});
    scanner.push(text);
    return seen;
  };
  equal(read('{"traceEvents":[1,{"a":1}]}'), [1, { a: 1 }]);
  equal(read('{"a":"traceEvents","b":[{"a":1}],"traceEvents":{"traceEvents":[{"a":2}]},"traceEventsOfOthers":[{"a":3}]}'), []);
  equal(read('{"trace\\"Events":[{"a":1}],"traceEvents" : [{"a":2}]}'), [{ a: 2 }]);
});

test('of a batch only the broken element is lost', () => {
  const seen = [];
  let bad = 0;
  const scanner = new Scanner((events) => seen.push(...events), (n) => { bad += n; });
  scanner.push('[{"a":1},{"b":"]" "c"},[{"d":NaN}],{"e":"}"}]');
  equal([seen, bad, scanner.end()], [[{ a: 1 }, [{ d: null }], { e: '}' }], 1, { cut: false, rest: false }]);
});
