// SPDX-License-Identifier: Apache-2.0
//
// Callbacks for sys.monitoring; see monitoring.py.

#include "calls.h"

PyObject *disable, *find_thread;
static Calls *last;

// Returns the calls of this thread. NULL: there are none, or an exception has come
// of making them, which is the program's if it is there still.
static Calls *here(void) {
	unsigned long thread = PyThread_get_thread_ident();
	if (last != NULL && last->thread == thread)
		return last;
	for (int tries = 0; tries < 2; tries++) {
		for (Calls *c = all_calls; c != NULL; c = c->next)
			if (c->thread == thread)
				return last = c;
		PyObject *found = HIDDEN(PyObject_CallFunctionObjArgs(find_thread, NULL));
		if (found == NULL)
			return NULL;
		Py_DecRef(found);
	}
	return NULL;
}

void forget_threads(void) { all_calls = last = NULL; }

static PyObject *disabled(void) {
	Py_IncRef(disable);
	return disable;
}

// Finds the calls of this thread, or else returns from the callback.
#define CALLS(least)                                         \
	(void)self;                                              \
	Calls *c = count < (least) ? NULL : here();              \
	if (c == NULL)                                           \
		return PyErr_Occurred() ? NULL : none()

PyObject *py_start(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(1);
	uint64_t record;
	if (!beginning_of(c, args[0], &record))
		return NULL;
	if (record == 0)
		return disabled();
	begin_call(c, args[0], record);
	return none();
}

PyObject *py_resume(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(1);
	uint64_t record;
	if (!resumption_of(c, args[0], &record))
		return NULL;
	if (record != 0)
		begin_call(c, args[0], record);
	return none();
}

PyObject *py_return(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(1);
	end_call(c, args[0], CALL_END);
	return none();
}

PyObject *py_yield(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(1);
	end_call(c, args[0], CALL_END_SUSPEND);
	return none();
}

// This one comes for all functions.
PyObject *py_unwind(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(1);
	uint64_t record = 1;
	if (!is_innermost(c, args[0]) && !beginning_of(c, args[0], &record))
		return NULL;
	if (record != 0)
		end_call(c, args[0], CALL_END_RAISE);
	return none();
}

PyObject *py_call(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(3);
	if (is_c(args[2]) && !begin_c(c, args[2]))
		return NULL;
	return none();
}

PyObject *c_return(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(3);
	if (is_c(args[2]))
		end_c(c, CALL_END);
	return none();
}

PyObject *c_raise(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(3);
	if (is_c(args[2]))
		end_c(c, CALL_END_RAISE);
	return none();
}

PyObject *py_line(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	CALLS(2);
	uint64_t record;
	if (!line_of(c, args[0], (int)PyLong_AsUnsignedLongLongMask(args[1]), &record))
		return NULL;
	if (record == 0)
		return disabled();
	put_call(c, record);
	return none();
}
