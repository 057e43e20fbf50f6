// SPDX-License-Identifier: Apache-2.0
//
// Code that can be suspended: whether a call of it begins or goes on, and whether it ends or is
// suspended, shows in the instruction that a frame has run last.

#include "suspensions.h"

bool has_resume;

enum { SUSPENDABLE = 0x20 | 0x80 | 0x100 | 0x200 }; // CO_GENERATOR, _COROUTINE, _ITERABLE_COROUTINE, _ASYNC_GENERATOR

static long flags_of(PyObject *code) {
	PyObject *value = PyObject_GetAttrString(code, "co_flags");
	long flags = value == NULL ? 0 : (long)PyLong_AsUnsignedLongLongMask(value);
	if (value == NULL)
		PyErr_Clear();
	else
		Py_DecRef(value);
	return flags;
}

static Suspension *suspension_made(PyObject *code) {
	char *start;
	Py_ssize_t length;
	PyObject *bytes = PyObject_GetAttrString(code, "co_code");
	if (bytes == NULL || PyBytes_AsStringAndSize(bytes, &start, &length) < 0) {
		PyErr_Clear();
		return NULL;
	}
	Suspension *s = PyMem_RawRealloc(NULL, sizeof *s);
	if (s == NULL)
		return NULL;
	*s = (Suspension){bytes, (unsigned char *)start, length, -1};
	for (Py_ssize_t i = 0; has_resume && s->first < 0 && i + 1 < length; i += 2)
		if (s->instructions[i] == RESUME && s->instructions[i + 1] == 0)
			s->first = i;
	return s;
}

Suspension *find_suspension(Table *suspensions, PyObject *code) {
	Suspension *s = flags_of(code) & SUSPENDABLE ? suspension_made(code) : NULL;
	table_set(suspensions, (uint64_t)code, 0, (uint64_t)s);
	return s;
}

void forget_suspensions(Table *suspensions) {
	for (uint64_t i = 0; i < suspensions->size; i++) {
		Suspension *s = (Suspension *)suspensions->entries[i].value;
		if (suspensions->entries[i].a != 0 && s != NULL) {
			Py_DecRef(s->bytes);
			PyMem_RawFree(s);
		}
	}
	table_clear(suspensions);
}
