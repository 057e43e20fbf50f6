// SPDX-License-Identifier: Apache-2.0
//
// Task.cancel and Task.set_name tell of themselves. They are functions of C, and a task
// keeps no more of a call than a mark or the name. So the object that is the method in
// its class gets another function, which calls the first one: the object stays, and
// with it all that a program can see.

#include <string.h>

#include "tasks.h"

typedef struct {
	const char *name;
	Function function; // in the place of the method's own
	int flags;         // the way to call it
	PyMethodDef original, watching;
	PyObject *hook; // what is called with the task
} Method;

typedef PyObject *(*WithKeywords)(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
typedef PyObject *(*WithOne)(PyObject *self, PyObject *arg);

static PyObject *cancel_with_keywords(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
static PyObject *cancel_38(PyObject *, PyObject *const *, Py_ssize_t);
static PyObject *set_name(PyObject *, PyObject *);

#define FUNCTION(f) ((Function)(void (*)(void))(f))
static Method methods[] = {
	{.name = "cancel", .function = FUNCTION(cancel_with_keywords), .flags = METH_FASTCALL | METH_KEYWORDS},
	{.name = "cancel", .function = cancel_38, .flags = METH_NOARGS},
	{.name = "set_name", .function = FUNCTION(set_name), .flags = METH_O},
};
enum { KEYWORDS, PLAIN, NAMES_IT, METHODS };

// Calls a hook; false with an exception if that is the program's.
static bool tell(Method *m, PyObject *task) {
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(m->hook, task, NULL));
	if (answer != NULL) {
		Py_DecRef(answer);
		return true;
	}
	if (is_programs())
		return false;
	PyErr_Clear();
	return true;
}

// A cancellation is told before what it does.
static PyObject *cancel_with_keywords(PyObject *task, PyObject *const *args, Py_ssize_t count, PyObject *names) {
	Method *m = &methods[KEYWORDS];
	return tell(m, task) ? ((WithKeywords)m->original.function)(task, args, count, names) : NULL;
}

static PyObject *cancel_38(PyObject *task, PyObject *const *none, Py_ssize_t count) {
	Method *m = &methods[PLAIN];
	return tell(m, task) ? m->original.function(task, none, count) : NULL;
}

static PyObject *set_name(PyObject *task, PyObject *name) {
	Method *m = &methods[NAMES_IT];
	PyObject *answer = ((WithOne)(void (*)(void))m->original.function)(task, name);
	if (answer != NULL && !tell(m, task)) {
		Py_DecRef(answer);
		return NULL;
	}
	return answer;
}

// Returns a method of a class, NULL if it has not the form that is known.
static PyMethodDescrObject *find_method(PyObject *type, PyObject *name) {
	PyObject *found = PyObject_GetAttr(type, name);
	if (found == NULL)
		return NULL;
	Py_DecRef(found); // the class keeps it
	PyObject *size = found->type == &PyMethodDescr_Type ? PyObject_GetAttrString((PyObject *)found->type, "__basicsize__") : NULL;
	if (size == NULL)
		return NULL;
	bool fits = PyLong_AsUnsignedLongLongMask(size) == sizeof(PyMethodDescrObject);
	Py_DecRef(size);
	return fits ? (PyMethodDescrObject *)found : NULL;
}

static bool watch(Method *m, PyMethodDescrObject *method, PyObject *hook) {
	PyMethodDef *is = method->method;
	if (is != &m->watching) {
		if (strcmp(is->name, m->name) != 0 || is->flags != m->flags)
			return false;
		if (m->original.function != NULL && m->original.function != is->function)
			return false; // that of another class
		m->original = m->watching = *is;
		m->watching.function = m->function;
		method->method = &m->watching;
	}
	replace(&m->hook, hook);
	return true;
}

// watch_method(type, name, hook) has the hook called with each object of the class whose
// method is called; it answers whether that can be done.
PyObject *watch_method(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	PyMethodDescrObject *method = count == 3 ? find_method(args[0], args[1]) : NULL;
	PyErr_Clear();
	bool watched = false;
	for (Method *m = methods; method != NULL && !watched && m < methods + METHODS; m++)
		watched = watch(m, method, args[2]);
	return PyBool_FromLong(watched);
}
