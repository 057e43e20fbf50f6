// SPDX-License-Identifier: Apache-2.0
//
// What standins.py needs to look on while something is called, and to have no frame on
// the program's stack: a function keeps its object, and another one is called that calls
// the first; and an object that stands for a callable calls it from here.

#include <string.h>

#include "tasks.h"

// Whether the exception of a hook goes on: on 3.8 one must that has no room left, see take in
// calls.c.
static bool goes_on(void) {
	return is_programs() || (PyFrame_GetCode == NULL && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_RecursionError));
}

// --- the call itself ----------------------------------------------------------------

// Calls what is to be told of the end, if there is something, and drops it. A hook lets no
// exception out but those that are the program's.
static PyObject *ended(PyObject *end, PyObject *result) {
	if (end == NULL || end == &_Py_NoneStruct) {
		if (end != NULL)
			Py_DecRef(end);
		return result;
	}
	PyObject *type, *value, *trace;
	PyErr_Fetch(&type, &value, &trace);
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(end, result == NULL ? &_Py_EllipsisObject : result, NULL));
	Py_DecRef(end);
	if (answer == NULL && goes_on()) {
		Py_DecRef(type), Py_DecRef(value), Py_DecRef(trace);
		if (result != NULL)
			Py_DecRef(result);
		return NULL;
	}
	if (answer != NULL)
		Py_DecRef(answer);
	PyErr_Restore(type, value, trace);
	return result;
}

// What a hook answers before a call: nothing, or what is passed instead of one argument and
// what is called at the end. Answers false if the program is to see an exception.
typedef struct {
	PyObject *plan, *old, *new, *end;
} Plan;

static bool planned(PyObject *answer, Plan *p) {
	*p = (Plan){0};
	if (answer == NULL) {
		if (goes_on())
			return false;
		PyErr_Clear(); // such as of wrong arguments, of which the function itself tells
	} else if (PyTuple_Size(answer) == 3) {
		*p = (Plan){answer, PyTuple_GetItem(answer, 0), PyTuple_GetItem(answer, 1), PyTuple_GetItem(answer, 2)};
		Py_IncRef(p->end);
	} else {
		PyErr_Clear();
		Py_DecRef(answer);
	}
	return true;
}

static PyObject *finish(Plan *p, PyObject *result) {
	result = ended(p->end, result);
	if (p->plan != NULL)
		Py_DecRef(p->plan);
	return result;
}

// --- functions in C -------------------------------------------------------------------

// A function that is watched. What it is called with depends on its flags: up to three
// words besides self.
typedef PyObject *(*Any)(PyObject *self, void *a, void *b, void *c);
typedef struct {
	PyMethodDef changed, *original;
	PyObject *begin;
	bool bound; // self is the first argument of a method
} Watched;
enum { MOST = 64 };
static Watched watched[MOST];
static int count_watched;

// Borrows the arguments as a tuple and a dictionary, NULL if there are none: new ones.
static PyObject *tuple_of(Watched *w, PyObject *self, void *a, void *b) {
	int flags = w->original->flags;
	PyObject *const *items = a;
	PyObject *rest = flags & METH_VARARGS ? a : NULL;
	Py_ssize_t count = flags & METH_FASTCALL ? (Py_ssize_t)b : flags & METH_O ? 1 : rest != NULL ? PyTuple_Size(rest) : 0;
	PyObject *tuple = PyTuple_New(count + w->bound);
	if (tuple == NULL)
		return NULL;
	for (Py_ssize_t i = -(Py_ssize_t)w->bound; i < count; i++) {
		PyObject *item = i < 0 ? self : rest != NULL ? PyTuple_GetItem(rest, i) : flags & METH_O ? a : items[i];
		Py_IncRef(item);
		PyTuple_SetItem(tuple, i + w->bound, item);
	}
	return tuple;
}

static PyObject *keywords_of(Watched *w, void *a, void *b, void *c, bool *ok) {
	int flags = w->original->flags;
	PyObject *dict = NULL, *names = c;
	*ok = true;
	if (!(flags & METH_KEYWORDS))
		return NULL;
	if (flags & METH_VARARGS) {
		if (b != NULL)
			Py_IncRef(b);
		return b;
	}
	for (Py_ssize_t i = 0; names != NULL && i < PyTuple_Size(names); i++) {
		if (dict == NULL && (dict = PyDict_New()) == NULL)
			break;
		*ok = *ok && PyDict_SetItem(dict, PyTuple_GetItem(names, i), ((PyObject **)a)[(Py_ssize_t)b + i]) == 0;
	}
	return dict;
}

static PyObject *begin_of(Watched *w, PyObject *self, void *a, void *b, void *c) {
	bool ok;
	PyObject *answer = NULL, *tuple = tuple_of(w, self, a, b), *keywords = keywords_of(w, a, b, c, &ok);
	if (tuple != NULL && ok)
		answer = HIDDEN(PyObject_Call(w->begin, tuple, keywords));
	if (tuple != NULL)
		Py_DecRef(tuple);
	if (keywords != NULL)
		Py_DecRef(keywords);
	return answer;
}

// Calls the function with one item of an array or of a tuple replaced.
static PyObject *call_vector(Any call, Plan *p, PyObject *self, PyObject **items, void *b, PyObject *names) {
	Py_ssize_t count = (Py_ssize_t)b + (names != NULL ? PyTuple_Size(names) : 0);
	PyObject **copy = PyMem_RawRealloc(NULL, (size_t)(count + 1) * sizeof *copy);
	if (copy == NULL)
		return call(self, items, b, names);
	bool found = false;
	for (Py_ssize_t i = 0; i < count; i++) {
		bool it = !found && items[i] == p->old;
		copy[i] = it ? p->new : items[i];
		found = found || it;
	}
	PyObject *result = call(self, copy, b, names);
	PyMem_RawFree(copy);
	return result;
}

static PyObject *call_tuple(Any call, Plan *p, PyObject *self, PyObject *tuple, void *keywords) {
	PyObject *copy = PyTuple_New(PyTuple_Size(tuple));
	if (copy == NULL)
		return NULL;
	bool found = false;
	for (Py_ssize_t i = 0; i < PyTuple_Size(tuple); i++) {
		PyObject *item = PyTuple_GetItem(tuple, i);
		bool it = !found && item == p->old;
		item = it ? p->new : item;
		found = found || it;
		Py_IncRef(item);
		PyTuple_SetItem(copy, i, item);
	}
	PyObject *result = call(self, copy, keywords, NULL);
	Py_DecRef(copy);
	return result;
}

static PyObject *around(Watched *w, PyObject *self, void *a, void *b, void *c) {
	Any call = (Any)(void (*)(void))w->original->function;
	Plan p;
	int flags = w->original->flags;
	PyObject *names = flags & METH_KEYWORDS ? c : NULL, *result;
	if (!planned(begin_of(w, self, a, b, c), &p))
		return NULL;
	if (p.old == p.new)
		result = call(self, a, b, c);
	else if (flags & METH_FASTCALL)
		result = call_vector(call, &p, self, a, b, names);
	else if (flags & METH_VARARGS)
		result = call_tuple(call, &p, self, a, b);
	else
		result = call(self, a == (void *)p.old ? (void *)p.new : a, b, c);
	return finish(&p, result);
}

// One entry for each function that may be watched, since a function in C is not told which
// of them it is.
#define ENTRY(n) \
	static PyObject *entry_##n(PyObject *self, void *a, void *b, void *c) { return around(&watched[0##n], self, a, b, c); }
#define EIGHT(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define ALL(X) EIGHT(X, 0) EIGHT(X, 1) EIGHT(X, 2) EIGHT(X, 3) EIGHT(X, 4) EIGHT(X, 5) EIGHT(X, 6) EIGHT(X, 7) // in octal
ALL(ENTRY)
#define NAMED(n) entry_##n,
static const Any entries[MOST] = {ALL(NAMED)};

// Where a function keeps what it calls, NULL if its form is not known.
static PyMethodDef **definition_of(PyObject *function, bool *bound) {
	PyTypeObject *type = function->type;
	*bound = type != &PyCFunction_Type;
	if (type == &PyCFunction_Type)
		return &((PyCFunctionObject *)function)->method;
	if (type == &PyMethodDescr_Type)
		return &((PyMethodDescrObject *)function)->method;
	// Cython's functions begin like Python's.
	const char *name = strrchr(type->name, '.');
	if (strcmp(name == NULL ? type->name : name + 1, "cython_function_or_method") == 0 && type->basic_size > (Py_ssize_t)sizeof(PyCFunctionObject))
		return &((PyCFunctionObject *)function)->method;
	return NULL;
}

static bool is_known(int flags) {
	switch (flags & ~METH_COEXIST) {
	case METH_VARARGS: case METH_VARARGS | METH_KEYWORDS: case METH_FASTCALL: case METH_FASTCALL | METH_KEYWORDS: case METH_NOARGS: case METH_O:
		return true;
	}
	return false;
}

// watch(function, name, begin) has begin called before each call of a function in C, with its
// arguments; it answers whether that can be done. begin answers None, or the argument old,
// what is passed instead, and what is called at the end with the result, Ellipsis if it failed.
PyObject *watch(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	bool bound;
	PyMethodDef **place = count == 3 ? definition_of(args[0], &bound) : NULL;
	const char *name = place == NULL ? NULL : PyUnicode_AsUTF8AndSize(args[1], NULL);
	PyErr_Clear();
	if (name == NULL || *place == NULL || strcmp((*place)->name, name) != 0 || !is_known((*place)->flags) || count_watched == MOST)
		return PyBool_FromLong(false);
	Watched *w = &watched[count_watched];
	w->original = *place;
	w->changed = **place;
	w->changed.function = (Function)(void (*)(void))entries[count_watched];
	w->bound = bound;
	Py_IncRef(args[0]); // for good
	replace(&w->begin, args[2]);
	count_watched++;
	*place = &w->changed;
	return PyBool_FromLong(true);
}

// --- functions in Python ----------------------------------------------------------------

typedef PyObject *(*Vectorcall)(PyObject *, PyObject *const *, size_t, PyObject *);
static Vectorcall call_function_of_python;
static PyObject *begin_function;

static Vectorcall *slot_of(PyObject *function) {
	Py_ssize_t offset = PyFunction_Type.vectorcall_offset;
	return function->type != &PyFunction_Type || offset <= 0 ? NULL : (Vectorcall *)((char *)function + offset);
}

static PyObject *call_watched(PyObject *function, PyObject *const *args, size_t flagged, PyObject *names) {
	size_t count = flagged & ~PY_VECTORCALL_ARGUMENTS_OFFSET;
	PyObject *first = count > 0 ? args[0] : &_Py_NoneStruct, *second = count > 1 ? args[1] : &_Py_NoneStruct;
	Plan p;
	if (!planned(HIDDEN(PyObject_CallFunctionObjArgs(begin_function, function, first, second, NULL)), &p))
		return NULL;
	return finish(&p, call_function_of_python(function, args, flagged, names));
}

// watch_python(function, begin) has begin called before each call of a function in Python by
// code in C, with the function and its first two arguments; it answers whether that can be
// done. There is one begin for all. Python's own calls go by: they look at the code only.
PyObject *watch_python(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	Vectorcall *slot = count == 2 ? slot_of(args[0]) : NULL, *usual = count == 2 ? slot_of(args[1]) : NULL;
	if (slot == NULL || usual == NULL || (*slot != *usual && *slot != call_watched))
		return PyBool_FromLong(false);
	call_function_of_python = *usual;
	replace(&begin_function, args[1]);
	*slot = call_watched;
	return PyBool_FromLong(true);
}

// --- callables --------------------------------------------------------------------------

// Stand, a class to derive from: when an object is called it calls _begin(), then its
// _callback with the arguments, then what _begin has answered, with the result.
static PyObject *stand_call(PyObject *self, PyObject *args, PyObject *keywords) {
	PyObject *callback = attribute(self, &name__callback);
	if (callback == NULL)
		return NULL;
	PyObject *end = HIDDEN(PyObject_CallMethodObjArgs(self, name__begin.text, NULL));
	PyObject *result = NULL;
	if (end == NULL && !goes_on())
		PyErr_Clear();
	if (!PyErr_Occurred())
		result = PyObject_Call(callback, args, keywords);
	Py_DecRef(callback);
	return ended(end, result);
}

static PyType_Slot slots[] = {{Py_tp_call, stand_call}, {0, NULL}};
static PyType_Spec spec = {"_curtain_probe._recorder.Stand", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

int add_standins(PyObject *module) {
	PyObject *type = PyType_FromSpec(&spec);
	return type == NULL ? -1 : PyModule_AddObject(module, "Stand", type);
}
