// SPDX-License-Identifier: Apache-2.0
//
// The recorder: the parts of the probe that run for each record, compiled. It does
// what writer.py, monitoring.py and profiling.py do without it, in a tenth of the
// time. All of it runs under the interpreter's lock.

#ifndef CURTAIN_RECORDER_H
#define CURTAIN_RECORDER_H

#include <stdbool.h>

#include "kinds.h"
#include "python.h"
#include "table.h"

// A record, as package trace documents it.
typedef struct {
	uint64_t time;
	uint32_t what, site; // what: as in kinds.h
	uint64_t a, b;
} Record;

// A Writer appends to a ring.
typedef struct {
	PyObject head;
	Py_buffer memory;
	uint64_t *commit; // the number of records so far
	Record *slots;
	uint64_t count, mask;
	uint64_t first; // number of the oldest record that the ring has ever held
	bool open;
} Writer;

// Numbers holds numbers by the addresses of objects.
typedef struct {
	PyObject head;
	Table table;
} Numbers;

extern PyTypeObject *writer_type, *numbers_type, *tasks_type;
int add_writer(PyObject *module);
int add_numbers(PyObject *module);
int add_tasks(PyObject *module);
int add_calls(PyObject *module);
int add_standins(PyObject *module);

enum { COMMIT = 1024, LAYOUT = 1280, RECORD_SIZE = 32 };
_Static_assert(sizeof(Record) == RECORD_SIZE, "the form of package trace");

// From libc; declared here as its header would need one.
struct timespec_ {
	int64_t seconds, nanoseconds;
};
int clock_gettime(int clock, struct timespec_ *now);
enum { CLOCK_REALTIME_ = 0, CLOCK_MONOTONIC_ = 1 };

static inline uint64_t clock_ns(int clock) {
	struct timespec_ now;
	clock_gettime(clock, &now);
	return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

// The clock of time.monotonic_ns.
static inline uint64_t monotonic_ns(void) {
	return clock_ns(CLOCK_MONOTONIC_);
}

// Appends a record; append_at for several of one moment.
static inline void append_at(Writer *w, uint64_t time, uint32_t what, uint32_t site, uint64_t a, uint64_t b) {
	if (!w->open)
		return;
	w->slots[w->count & w->mask] = (Record){time, what, site, a, b};
	// Released, for a reader that sees the count in another process.
	__atomic_store_n(w->commit, ++w->count, __ATOMIC_RELEASE);
}

static inline void append(Writer *w, uint32_t what, uint32_t site, uint64_t a, uint64_t b) {
	append_at(w, monotonic_ns(), what, site, a, b);
}

// HIDDEN(call) calls Python code of the probe, unseen by whatever traces the program.
static inline void *hide(void) {
	if (PyThreadState_EnterTracing == NULL)
		return NULL;
	void *thread = PyThreadState_Get();
	PyThreadState_EnterTracing(thread);
	return thread;
}

static inline PyObject *show(void *thread, PyObject *answer) {
	if (thread != NULL)
		PyThreadState_LeaveTracing(thread);
	return answer;
}

#define HIDDEN(call) \
	__extension__({ void *hidden = hide(); show(hidden, (call)); })

static inline bool type_error(const char *message) {
	PyErr_SetString(PyExc_TypeError, message);
	return false;
}

#endif
