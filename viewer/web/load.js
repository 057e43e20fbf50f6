// SPDX-License-Identifier: Apache-2.0

// Reads the trace from the server while it arrives.

import { Scanner, TraceFormatError } from './scan.js';
import { Collector } from './parse.js';
import { build } from './build.js';

// load returns { trace, cut }. It throws a TraceFormatError with a sentence for
// the reader if there is nothing to draw.
export async function load(url, onProgress) {
  const response = await request(url);
  const { collector, scanner } = newReader();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await next(reader);
    if (done) break;
    bytes += value.length;
    scanner.push(decoder.decode(value, { stream: true }));
    onProgress(bytes);
  }
  scanner.push(decoder.decode());
  return finish(collector, scanner);
}

// parse does the same with a text at hand.
export function parse(text) {
  const { collector, scanner } = newReader();
  scanner.push(text);
  return finish(collector, scanner);
}

function newReader() {
  const collector = new Collector();
  const scanner = new Scanner(
    (events) => { for (const event of events) collector.add(event); },
    (count) => collector.skip('that are not JSON', count),
  );
  return { collector, scanner };
}

async function request(url) {
  let response;
  try {
    response = await fetch(url, { cache: 'no-store' });
  } catch {
    throw new TraceFormatError('The viewer does not answer. Is “curtain view” still running?');
  }
  if (!response.ok) {
    throw new TraceFormatError(`The trace could not be opened: ${(await response.text()).trim()}`);
  }
  return response;
}

async function next(reader) {
  try {
    return await reader.read();
  } catch {
    throw new TraceFormatError('The trace could not be read to its end: the connection broke.');
  }
}

function finish(collector, scanner) {
  const { cut } = scanner.end();
  const trace = build(collector);
  if (trace.length === 0 && trace.counters.length === 0) {
    throw new TraceFormatError(collector.events === 0 && collector.skipped.size === 0
      ? 'The trace is empty: it holds no events yet.'
      : 'There is nothing to draw in this trace: none of its events is a slice or a counter.');
  }
  return { trace, cut };
}
