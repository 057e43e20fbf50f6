// SPDX-License-Identifier: Apache-2.0
//
// Attributes, frames and coroutines.

#ifndef CURTAIN_FRAME_H
#define CURTAIN_FRAME_H

#include "recorder.h"

// Strings for attribute names, each called name_ and itself.
#define NAMES(X)                                                                                       \
	X(__self__) X(_callback) X(_cancelled) X(_coro) X(_debug) X(_exception) X(_fut_waiter) X(_loop) \
	X(_must_cancel) X(_ready) X(_scheduled) X(_state) X(_stopping) X(_thread_id) X(_when)          \
	X(append) X(cr_await) X(cr_code) X(cr_frame) X(data) X(f_lasti) X(fd) X(get_name) X(gi_code)   \
	X(gi_frame) X(gi_yieldfrom) X(time) X(Handle)
#define DECLARE(name) extern PyObject *name_##name;
NAMES(DECLARE)
#undef DECLARE

// Returns a new reference, NULL with an exception.
static inline PyObject *attribute(PyObject *object, PyObject *name) { return PyObject_GetAttr(object, name); }

// Puts another object, which may be NULL, into a place that owns a reference.
static inline void replace(PyObject **place, PyObject *object) {
	PyObject *old = *place;
	if (object != NULL)
		Py_IncRef(object);
	*place = object;
	if (old != NULL)
		Py_DecRef(old);
}

// --- frames ------------------------------------------------------------------

// A borrowed reference: the frame keeps it.
static inline PyObject *code_of(PyObject *frame) {
	if (PyFrame_GetCode == NULL)
		return ((Frame38 *)frame)->code;
	PyObject *code = PyFrame_GetCode(frame);
	Py_DecRef(code);
	return code;
}

// A new reference, NULL if it is the outermost.
static inline PyObject *back_of(PyObject *frame) {
	if (PyFrame_GetBack != NULL)
		return PyFrame_GetBack(frame);
	PyObject *back = ((Frame38 *)frame)->back;
	if (back != NULL)
		Py_IncRef(back);
	return back;
}

// The offset of the instruction that a frame has run last, below 0 if it has run none.
static inline long last_instruction(PyObject *frame) {
	if (PyFrame_GetLasti != NULL)
		return PyFrame_GetLasti(frame);
	PyObject *value = attribute(frame, name_f_lasti);
	if (value == NULL) {
		PyErr_Clear();
		return -1;
	}
	long number = (long)(int64_t)PyLong_AsUnsignedLongLongMask(value);
	Py_DecRef(value);
	return number;
}

// --- coroutines and generators --------------------------------------------------

static inline bool is_coroutine(PyObject *object) { return object->type == &PyCoro_Type; }

// A borrowed reference, which the coroutine keeps; NULL without an exception for what
// is neither.
static inline PyObject *code_of_coroutine(PyObject *object) {
	if (object->type != &PyCoro_Type && object->type != &PyGen_Type)
		return NULL;
	PyObject *code = attribute(object, is_coroutine(object) ? name_cr_code : name_gi_code);
	if (code == NULL)
		PyErr_Clear();
	else
		Py_DecRef(code);
	return code;
}

// What it waits for, a new reference, which may be None.
static inline PyObject *awaited_by(PyObject *coroutine) {
	return attribute(coroutine, is_coroutine(coroutine) ? name_cr_await : name_gi_yieldfrom);
}

// Its frame, a new reference, None if it has ended.
static inline PyObject *frame_of_coroutine(PyObject *coroutine) {
	return attribute(coroutine, is_coroutine(coroutine) ? name_cr_frame : name_gi_frame);
}

#endif
