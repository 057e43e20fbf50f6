// SPDX-License-Identifier: Apache-2.0

// Reads the trace from the server while it arrives.

import { Scanner, TraceFormatError } from './scan.js';
import { Collector } from './parse.js';
import { build } from './build.js';

// The server ends with a block of this many bytes that says what was wrong with the file.
const EPILOGUE = 512;

// load returns { trace, cut, rest, problem }. It throws a TraceFormatError with a sentence for the
// reader if there is nothing to draw.
export async function load(url, onProgress) {
  const response = await request(url + '?epilogue');
  const { collector, scanner } = newReader();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let bytes = 0;
  let last = new Uint8Array(0);
  for (;;) {
    const { done, value } = await next(reader);
    if (done) break;
    bytes += value.length;
    const [text, kept] = holdBack(last, value);
    last = kept;
    for (const part of text) scanner.push(decoder.decode(part, { stream: true }));
    onProgress(bytes);
  }
  scanner.push(decoder.decode());
  return finish(collector, scanner, new TextDecoder().decode(last).trim());
}

// holdBack returns what is surely not the epilogue, in parts, and what may be.
function holdBack(last, value) {
  if (value.length >= EPILOGUE) {
    const at = value.length - EPILOGUE;
    return [[last, value.subarray(0, at)], value.slice(at)];
  }
  const both = new Uint8Array(last.length + value.length);
  both.set(last);
  both.set(value, last.length);
  const at = Math.max(0, both.length - EPILOGUE);
  return [[both.subarray(0, at)], both.slice(at)];
}

// parse does the same with a text at hand.
export function parse(text) {
  const { collector, scanner } = newReader();
  scanner.push(text);
  return finish(collector, scanner, '');
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

function finish(collector, scanner, problem) {
  const { cut, rest } = ended(scanner, problem);
  const trace = build(collector);
  if (trace.length === 0 && trace.counters.length === 0) {
    throw new TraceFormatError(withProblem(collector.events === 0 && collector.skipped.size === 0
      ? 'The trace is empty: it holds no events yet.'
      : 'There is nothing to draw in this trace: none of its events is a slice or a counter.', problem));
  }
  return { trace, cut, rest, problem };
}

// ended tells why there is nothing with what was wrong with the file, which may be the cause.
function ended(scanner, problem) {
  try {
    return scanner.end();
  } catch (error) {
    if (error instanceof TraceFormatError) error.message = withProblem(error.message, problem);
    throw error;
  }
}

function withProblem(sentence, problem) {
  return problem === '' ? sentence : `The trace could not be read: ${problem}.`;
}
