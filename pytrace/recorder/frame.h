// SPDX-License-Identifier: Apache-2.0
//
// Attributes, frames and coroutines.

#ifndef CURTAIN_FRAME_H
#define CURTAIN_FRAME_H

#include "recorder.h"

// A Name is that of an attribute, with the ways to it in a few types: a search in the
// type, which is most of what an attribute costs, is done once.
typedef struct {
	PyTypeObject *type; // held for good
	PyObject *(*get)(PyObject *, void *); // what gets it,
	void *closure;
	Py_ssize_t offset; // or else where it lies
} Way;
enum { WAYS = 4 };
typedef struct {
	PyObject *text;
	Way ways[WAYS]; // the first ones are set
} Name;

// All names, each in a variable called name_ and itself.
#define NAMES(X)                                                                                       \
	X(__qualname__) X(__self__) X(_begin) X(_call_soon) X(_callback) X(_cancelled) X(_check_closed) X(_coro) X(_debug) X(_exception)  \
	X(_fut_waiter) X(_loop) X(_must_cancel) X(_ready) X(_scheduled) X(_state) X(_stopping) X(_when) X(ag_await) X(ag_code)  \
	X(ag_frame) X(append) X(cr_await)  \
	X(cr_code) X(cr_frame) X(data) X(f_lasti) X(fd) X(get_name) X(gi_code) X(gi_frame)             \
	X(gi_yieldfrom) X(time) X(Handle) X(PENDING) X(CANCELLED) X(FINISHED)
#define DECLARE(name) extern Name name_##name;
NAMES(DECLARE)
#undef DECLARE

// Makes the names, and finds the ways to them in coroutines and generators.
int add_names(void);

// Finds the ways to all names in a type, which is a class that does not change.
void find_ways(PyTypeObject *type);

// Returns an attribute of an object of another type, as the class has it that it inherits
// from: what it has itself of that name, or asks who asks, is the program's.
PyObject *inherited(PyObject *object, Name *name);

// Returns an attribute, a new reference, NULL with an exception.
static inline PyObject *attribute(PyObject *object, Name *name) {
	for (Way *way = name->ways; way < name->ways + WAYS && way->type != NULL; way++) {
		if (way->type != object->type)
			continue;
		if (way->get != NULL)
			return way->get(object, way->closure);
		PyObject *there = *(PyObject **)((char *)object + way->offset);
		if (there == NULL)
			break;
		Py_IncRef(there);
		return there;
	}
	return inherited(object, name);
}

// Puts another object, which may be NULL, into a place that owns a reference.
static inline void replace(PyObject **place, PyObject *object) {
	PyObject *old = *place;
	if (object != NULL)
		Py_IncRef(object);
	*place = object;
	if (old != NULL)
		Py_DecRef(old);
}

// Calls a function, or the method of args[1], with up to 5 arguments from args[1] on;
// args[0] is room that the call may use.
static inline PyObject *call_function(PyObject *function, PyObject **args, size_t count) {
	if (PyObject_Vectorcall != NULL)
		return PyObject_Vectorcall(function, args + 1, count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
	return PyObject_CallFunctionObjArgs(function, args[1], count > 1 ? args[2] : NULL, count > 2 ? args[3] : NULL,
	                                    count > 3 ? args[4] : NULL, count > 4 ? args[5] : NULL, NULL);
}

static inline PyObject *call_method(Name *name, PyObject **args, size_t count) {
	if (PyObject_VectorcallMethod != NULL)
		return PyObject_VectorcallMethod(name->text, args + 1, count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
	return PyObject_CallMethodObjArgs(args[1], name->text, count > 1 ? args[2] : NULL, NULL);
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
	PyObject *value = attribute(frame, &name_f_lasti);
	if (value == NULL) {
		PyErr_Clear();
		return -1;
	}
	long number = (long)(int64_t)PyLong_AsUnsignedLongLongMask(value);
	Py_DecRef(value);
	return number;
}

// --- coroutines and generators --------------------------------------------------

// What gets the parts of a coroutine, a generator or an async generator; NULL for what is none.
typedef struct {
	PyTypeObject *type;
	Name *code, *frame, *awaits;
} Parts;

static inline const Parts *parts_of(PyObject *object) {
	static const Parts all[] = {
		{&PyCoro_Type, &name_cr_code, &name_cr_frame, &name_cr_await},
		{&PyGen_Type, &name_gi_code, &name_gi_frame, &name_gi_yieldfrom},
		{&PyAsyncGen_Type, &name_ag_code, &name_ag_frame, &name_ag_await},
	};
	for (const Parts *p = all; p < all + sizeof all / sizeof *all; p++)
		if (object->type == p->type)
			return p;
	return NULL;
}

// A borrowed reference, which the coroutine keeps; NULL with an exception.
static inline PyObject *code_of_coroutine(const Parts *parts, PyObject *coroutine) {
	PyObject *code = attribute(coroutine, parts->code);
	if (code != NULL)
		Py_DecRef(code);
	return code;
}

// What an object stands for that a coroutine awaits, as awaits.py says; a new reference, NULL
// without an exception if it shows all that there is.
PyObject *behind(PyObject *awaitable);
PyObject *configure_awaits(PyObject *self, PyObject *const *args, Py_ssize_t count);

#endif
