// SPDX-License-Identifier: Apache-2.0

// Where records were lost nothing is known. The page says how many records that are, and in how
// many places; hatch.js marks the places.

import { isLost, lostRecords } from './vocabulary.js';

// gapsOf returns the gaps in the order of time. Each track that is interrupted has a slice for it,
// and those of one loop that overlap are the same gap.
export function gapsOf(trace) {
  const gaps = [];
  const open = new Map(); // loop's track -> its last gap
  for (const id of lostSlices(trace)) {
    const { process, tid, loop = tid } = trace.trackOf(id);
    const key = process.threads.get(loop);
    const start = trace.start[id], end = trace.end[id], records = lostRecords(trace.nameOf(id), trace.args[id]);
    const gap = open.get(key);
    if (gap && start <= gap.end) {
      gap.end = Math.max(gap.end, end);
      gap.records = Math.max(gap.records, records);
    } else {
      open.set(key, { id, start, end, records, tracks: tracksOf(trace, process, loop) });
      gaps.push(open.get(key));
    }
  }
  return gaps;
}

function lostSlices(trace) {
  const names = trace.names.map(isLost.name), cats = trace.cats.map(isLost.category);
  const ids = [];
  for (let id = 0; id < trace.length; id++) if (names[trace.name[id]] || cats[trace.cat[id]]) ids.push(id);
  return ids.sort((a, b) => trace.start[a] - trace.start[b] || trace.row[a] - trace.row[b]);
}

// tracksOf returns the positions of a loop's track and of those that belong to it.
function tracksOf(trace, process, loop) {
  return new Set(trace.tracks.filter((t) => t.process === process && (t.tid === loop || t.loop === loop)).map((t) => t.position));
}

// lostText says it in a sentence, or is "".
export function lostText(gaps) {
  if (gaps.length === 0) return '';
  const records = gaps.reduce((sum, gap) => sum + gap.records, 0);
  const what = records > 0 ? `${records.toLocaleString('en')} record${records === 1 ? ' was' : 's were'} lost` : 'Records were lost';
  return `${what} in ${gaps.length.toLocaleString('en')} place${gaps.length === 1 ? '' : 's'}: what is hatched is not known.`;
}
