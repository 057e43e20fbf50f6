// SPDX-License-Identifier: Apache-2.0

#ifndef CURTAIN_CALLS_H
#define CURTAIN_CALLS_H

#include "recorder.h"

// Calls are those of one thread.
typedef struct Calls {
	PyObject head;
	PyObject *records; // of calls.py
	Writer *writer;
	unsigned long thread;
	void **stack; // of open calls: the addresses of code objects, or &c_call, &job, &greenlet
	Py_ssize_t depth, room;
	// Records: kind and flags, above them the site; 0 for none.
	Table begins, resumes; // by code
	Table lines;           // by code and line
	Table functions;       // of C
	Table suspensions;     // by code; see suspensions.h
	PyObject *recover;     // what to call at the next event, NULL for nothing; see greenlets.c
	struct Calls *next;
} Calls;

extern char c_call, job, greenlet;
extern Calls *all_calls;
extern PyTypeObject *calls_type;
extern PyTypeObject *c_types[8]; // what shows as a call of C; ends with NULL

static inline void put_call(Calls *c, uint64_t record) { append(c->writer, (uint32_t)record, record >> 32, 0, 0); }

static inline bool is_innermost(Calls *c, void *what) { return c->depth > 0 && c->stack[c->depth - 1] == what; }

// Those that answer with bool answer false after an exception.
bool beginning_of(Calls *c, PyObject *code, uint64_t *record);
bool resumption_of(Calls *c, PyObject *code, uint64_t *record);
bool line_of(Calls *c, PyObject *code, int line, uint64_t *record);
void begin_call(Calls *c, void *what, uint64_t record);
void end_call(Calls *c, void *what, uint64_t record);

bool is_c(PyObject *function);
bool begin_c(Calls *c, PyObject *function);
static inline void end_c(Calls *c, uint64_t record) { end_call(c, &c_call, record); }

// profiling.c
int add_slot(PyObject *module);

// greenlets.c
int add_tracer(PyObject *module);
PyObject *watch_greenlets(PyObject *self, PyObject *const *args, Py_ssize_t count);

// The callbacks of sys.monitoring, and what they need.
extern PyObject *disable, *find_thread;
void forget_threads(void);
PyObject *py_start(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *py_resume(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *py_return(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *py_yield(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *py_unwind(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *py_call(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *c_return(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *c_raise(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *py_line(PyObject *self, PyObject *const *args, Py_ssize_t count);

#endif
