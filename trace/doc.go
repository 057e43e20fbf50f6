// SPDX-License-Identifier: Apache-2.0

// Package trace is the vocabulary of records: what can happen in an asynchronous program, and the
// binary form in which every producer writes it down.
//
// A producer is one thread of control: a loop of the Go runtime, or a Python thread. It writes one
// file. A [Record] is one thing that happened; its [Kind] says how to read it. Names and places in
// the source are written once, into a string table, and records carry their ids.
//
// A [Ring] is written by one goroutine at a time and outlives its process, even one killed by
// SIGKILL; a [Stream] goes to any [io.Writer] and loses nothing. A [Source] reads either, also
// while it is being written. Only the methods String and Site of a writer may be called by any
// goroutine.
//
// # The binary form
//
// Everything is little-endian. A file starts with a header of 4096 bytes:
//
//	offset  size  field
//	0       8     magic: 43 55 52 54 41 49 4e 01 ("CURTAIN", 1)
//	8       4     version: 1
//	12      4     flags: bit 0 set = stream, clear = ring
//	16      4     header size: 4096
//	20      4     record size: 32
//	24      8     offset of the string table, a multiple of 8 (stream: 0)
//	32      8     size of the string table in bytes (stream: 0)
//	40      8     offset of the ring, a multiple of 8 (stream: 0)
//	48      8     capacity of the ring in records, a power of two (stream: 0)
//	56      8     process id
//	64      8     id of the loop or thread within the process
//	72      8     start of the recording, CLOCK_MONOTONIC, ns
//	80      8     start of the recording, ns since 1970 (UTC)
//	88      32    language of the producer ("go", "python"), UTF-8, NUL-padded
//	120     136   name of the process, UTF-8, NUL-padded
//	256     768   command line of the process, UTF-8, words separated by spaces, NUL-padded
//	1024    8     head: records ever committed (ring)
//	1032    56    zero
//	1088    8     strings_end: bytes of the string table committed (ring)
//	1096    56    zero
//	1152    8     strings_lost: strings and sites the table had no room for (ring)
//	1160    56    zero
//	1216    8     state: 1 running, 2 closed properly (ring)
//	1224    56    zero
//	1280    8     layout: 0, or where a ring that has grown says where its regions are
//	1288    56    zero
//	1344    512   what the producer could not record, UTF-8, NUL-padded (ring)
//	1856    2240  zero
//
// The words from head to layout are the commit words. Each is aligned to 8 bytes, has a cache line
// of its own, and is written with one atomic 8-byte store after the bytes it speaks for.
//
// Record number n (from 0) of a ring lies in slot n % capacity. The producer fills the slot, or
// those of up to 4 records, and then stores head = n+1 of the last. A reader loads head, copies
// slots, and loads head again. A record with an index below head+4-capacity may have been
// overwritten meanwhile: it counts as lost. One [KindLost] stands for all that are lost in a row.
//
// The string table is a row of entries. Their ids are their ordinals, from 1; id 0 means "not
// recorded". An entry is
//
//	offset  size  field
//	0       4     kind: 1 string, 2 site
//	4       4     length of the payload in bytes, at most [MaxString]
//	8       n     payload, padded with zeros to a multiple of 8
//
// The payload of a string is UTF-8. That of a site is 16 bytes: the id of the file's path, the id
// of the function's name, the line, and 4 bytes of flags, zero for now. The table is appended to
// before the record that mentions the new id is committed. When it is full, id 0 is used and
// strings_lost counts.
//
// A ring may grow, and so may its table. The producer extends the file, copies what is there into
// new regions, and puts before them
//
//	offset  size  field
//	0       8     offset of the string table
//	8       8     size of the string table in bytes
//	16      8     offset of the ring
//	24      8     capacity of the ring in records, a power of two
//	32      8     number of the oldest record that the ring holds
//
// Then it stores the offset of this table in layout: from now on the table replaces the words at 24
// to 55 of the header. The old regions stay as they are. A reader loads head, then layout, and,
// after it has copied slots, layout again. If that has changed, it throws the copy away.
//
// A stream has no ring and no table, and its commit words are zero. Its header is followed by
// blocks, until the end of the file or a block of type 3:
//
//	offset  size  field
//	0       4     type: 1 strings, 2 records, 3 end
//	4       4     length of the payload in bytes, at most [MaxBlock]
//	8       n     payload: whole entries of the string table, or whole records
//
// A reader skips kinds of records, entries and blocks that it does not know.
//
// In Python a ring is written with struct.pack_into("<QBBHIQQ", ring, slot*32, ...) and then
// words[128] = head, where words is memoryview(ring).cast("Q") on a little-endian machine.
//
// # The text form
//
// Every recording also has a text form, for tests and for people to read: one line per record, see
// [WriteText] and [ParseText].
package trace
