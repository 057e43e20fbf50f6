# SPDX-License-Identifier: Apache-2.0
"""Writes records into a ring: a file of fixed size, mapped into memory.

The form is that of the Go package trace. What was written is in the file even
if the process is killed right after. A Ring is used by one thread.
"""
from .compiled import monotonic_ns, recorder, time_ns
from .own import mmap, os, pack, pack_into
from .writer import Writer

HEADER = 4096
RECORD = 32
VERSION = 1
MAGIC = b"CURTAIN\x01"
# Commit words, as indices of 8-byte words.
HEAD, STRINGS_END, STRINGS_LOST, STATE, LAYOUT = 1024 // 8, 1088 // 8, 1152 // 8, 1216 // 8, 1280 // 8
NOTE, NOTE_SIZE = 1344, 512
RUNNING, CLOSED = 1, 2
MAX_STRING = 16 << 10
MAX_STRINGS = 16 << 20  # what a table grows to: what the program keeps in memory for it must not grow for ever


def _create(directory, number):
    """Creates a file <pid>-<n>-<time>.curtain, whose name was never used before: other
    interpreters of the process, what it executes, and other processes may have the same
    ids. Answers its descriptor, path and time."""
    while True:
        now = monotonic_ns()
        path = "%s/%d-%d-%d.curtain" % (directory, os.getpid(), number, now)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), path, now
        except FileExistsError:
            pass  # in another namespace of processes, at the same moment


def _map(fd, size):
    os.ftruncate(fd, size)
    if hasattr(os, "posix_fallocate"):
        # A full disk must be an error here, not a crash at some later store.
        os.posix_fallocate(fd, 0, size)
    try:
        return mmap(fd, size, trackfd=False)  # 3.13: needs no descriptor of its own
    except TypeError:
        return mmap(fd, size)


def _bytes(text, size):
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore").encode()


_new_writer = recorder.Writer if recorder else Writer


class Ring:
    """One recording: a table of strings and places, and what a Writer appends. Both can grow."""

    __slots__ = ("writer", "put", "reset", "closed", "_path", "_memory", "_words", "_strings", "_table", "_size", "_used", "_ring", "_records",
                           "_last", "_lost", "_fixed")

    def __init__(self, directory, number, process, command, records, strings):
        size = HEADER + strings + records * RECORD
        fd, path, now = _create(directory, number)
        try:
            memory = _map(fd, size)
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(fd)
        pack_into("<IIIIQQQQQQQQ32s136s768s", memory, 8, VERSION, 0, HEADER, RECORD, HEADER, strings,
                         HEADER + strings, records, os.getpid(), number, now, time_ns(),
                         b"python", _bytes(process, 136), _bytes(command, 768))
        self._path, self._memory = path, memory
        self._words = memoryview(memory).cast("Q")
        self._strings = {}  # their ids
        self._table, self._size, self._used = HEADER, strings, 0
        self._ring, self._records = HEADER + strings, records
        self._last = self._lost = 0
        self._fixed = False  # it cannot grow, or is about to
        self.closed = False
        self._words[STATE] = RUNNING
        self.writer = _new_writer(memory, HEADER + strings, records)
        self.put, self.reset = self.writer.put, self.writer.reset
        memory[:8] = MAGIC  # last: a reader that sees it sees a whole header

    def string(self, text):
        """Returns the id of a string, 0 if there is no room."""
        key = self._strings.get(text)
        if key is not None:
            return key
        data = text.encode("utf-8", "replace")
        if len(data) > MAX_STRING:
            data = data[:MAX_STRING].decode("utf-8", "ignore").encode()
        key = self._entry(1, data)
        if key:
            self._strings[text] = key
        return key

    def site(self, file, function, line):
        """Writes down a place in the source; the caller remembers its id."""
        return self._entry(2, pack("<IIII", self.string(file), self.string(function), max(line or 0, 0), 0))

    def _entry(self, kind, data):
        if self.closed:
            return 0
        size = 8 + (len(data) + 7) // 8 * 8
        if self._used + size > self._size and not self._grow_table(size):
            self._lost += 1
            self._words[STRINGS_LOST] = self._lost
            return 0
        # The place is taken before it is filled, as in writer.py. The commit of an interrupting
        # entry covers it a moment too early. Such a one must not move the table.
        fixed, self._fixed = self._fixed, True
        start = self._table + self._used
        self._used += size
        self._last += 1
        key, end = self._last, self._used
        pack_into("<II", self._memory, start, kind, len(data))
        self._memory[start + 8:start + 8 + len(data)] = data
        if self._words[STRINGS_END] < end:
            self._words[STRINGS_END] = end
        self._fixed = fixed
        return key

    def _grow_table(self, more):
        size = max(self._size, HEADER)
        while size < self._used + more:
            size *= 2
        if size <= MAX_STRINGS:
            self.grow(self._records, size)
        return self._used + more <= self._size

    def grow(self, records, strings):
        """Makes room for so many records and bytes of strings, if that is more. Returns the
        error if it is not to be had."""
        records, strings = max(records, self._records), max(strings, self._size)
        if records == self._records and strings == self._size or self._fixed or self.closed:
            return None
        self._fixed, before, self._size = True, self._size, self._used  # there is no room in the meantime
        try:
            self._move(records, strings)
        except (OSError, ValueError) as problem:
            self._size = before
            return problem  # and it is not tried again
        self._fixed = False

    def _move(self, records, strings):
        """Puts the regions at the end of the file, as package trace has it. The ring stays
        where it is if its size does."""
        block = len(self._memory)
        table, ring = block + HEADER, self._ring
        size = table + strings
        if records > self._records:
            ring, size = size, size + records * RECORD
        fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            memory = _map(fd, size)
        finally:
            os.close(fd)
        used = self._used
        memory[table:table + used] = self._memory[self._table:self._table + used]
        pack_into("<QQQQ", memory, block, table, strings, ring, records)
        self.writer.move(memory, ring, records, block)
        self._words = memoryview(memory).cast("Q")
        self._memory, self._table, self._size, self._ring, self._records = memory, table, strings, ring, records

    def note(self, text):
        """Writes a note for the reader, unless there is one. It is memory: what may no longer
        write files, or has inherited the recording, may do it."""
        if self._memory[NOTE] == 0:
            text = text[:NOTE_SIZE]
            self._memory[NOTE:NOTE + len(text)] = text

    def pause(self):
        """Stops, if it has not stopped, and answers whether it did."""
        if self.closed:
            return False
        self.abandon()
        return True

    def resume(self):
        self.closed = False
        self.writer.go()

    def abandon(self):
        self.closed = True
        self.writer.stop()

    def close(self):
        if not self.closed:
            self.abandon()
            self._words[STATE] = CLOSED


class Nothing:
    """A ring for when there is no room for one: it takes everything and keeps nothing."""

    closed = True

    def __init__(self):
        self.writer = _new_writer(bytearray(HEADER + RECORD), HEADER, 1)
        self.writer.stop()
        self.put, self.reset = self.writer.put, self.writer.reset

    def abandon(self):
        pass

    close = pause = resume = abandon

    def grow(self, records, strings):
        pass

    def string(self, text):
        return 0

    def site(self, file, function, line):
        return 0
