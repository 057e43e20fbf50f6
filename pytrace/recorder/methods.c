// SPDX-License-Identifier: Apache-2.0
//
// Functions of Python's that are C and get something to do besides. The object that is
// the function or the method stays, and with it all that a program can see; what it
// calls is another function, which calls the first one.

#include <string.h>

#include "methods.h"
#include "tasks.h"

typedef PyObject *(*WithKeywords)(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
typedef PyObject *(*WithOne)(PyObject *self, PyObject *arg);

static PyObject *cancel_with_keywords(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
static PyObject *cancel_38(PyObject *, PyObject *const *, Py_ssize_t);
static PyObject *set_name(PyObject *, PyObject *);
static PyObject *siginterrupt(PyObject *, PyObject *const *, Py_ssize_t);

enum { CANCEL, CANCEL_38, SET_NAME, WATCHED, SIGINTERRUPT = WATCHED, METHODS };
static Method methods[METHODS] = {
	[CANCEL] = {.name = "cancel", .function = FUNCTION(cancel_with_keywords), .flags = METH_FASTCALL | METH_KEYWORDS},
	[CANCEL_38] = {.name = "cancel", .function = cancel_38, .flags = METH_NOARGS},
	[SET_NAME] = {.name = "set_name", .function = FUNCTION(set_name), .flags = METH_O},
	[SIGINTERRUPT] = {.name = "siginterrupt", .function = siginterrupt, .flags = METH_FASTCALL},
};

bool change(Method *m, PyMethodDef **place) {
	PyMethodDef *is = *place;
	if (is == &m->changed)
		return true;
	if (strcmp(is->name, m->name) != 0 || is->flags != m->flags)
		return false;
	if (m->original.function != NULL && m->original.function != is->function)
		return false; // another class has a method of that name
	m->original = m->changed = *is;
	m->changed.function = m->function;
	*place = &m->changed;
	return true;
}

// --- methods of tasks that tell of themselves ----------------------------------------

// A task keeps no more of such a call than a mark or the name.

// Calls a hook with a task and, unless it is NULL, something more; false with an exception
// if that is the program's. A hook lets none of its own out, but for one on 3.8 that has no
// room left: see take in calls.c.
static bool tell(Method *m, PyObject *task, PyObject *more) {
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(m->hook, task, more, NULL));
	if (answer != NULL) {
		Py_DecRef(answer);
		return true;
	}
	if (is_programs() || PyFrame_GetCode == NULL)
		return false;
	PyErr_Clear();
	return true;
}

// A cancellation is told before what it does.
static PyObject *cancel_with_keywords(PyObject *task, PyObject *const *args, Py_ssize_t count, PyObject *names) {
	Method *m = &methods[CANCEL];
	Py_ssize_t all = count + (names == NULL ? 0 : PyTuple_Size(names));
	return tell(m, task, all == 1 ? args[0] : &_Py_NoneStruct) ? ((WithKeywords)m->original.function)(task, args, count, names) : NULL;
}

static PyObject *cancel_38(PyObject *task, PyObject *const *none, Py_ssize_t count) {
	Method *m = &methods[CANCEL_38];
	return tell(m, task, &_Py_NoneStruct) ? m->original.function(task, none, count) : NULL;
}

static PyObject *set_name(PyObject *task, PyObject *name) {
	Method *m = &methods[SET_NAME];
	PyObject *answer = ((WithOne)(void (*)(void))m->original.function)(task, name);
	if (answer != NULL && !tell(m, task, NULL)) {
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

// watch_method(type, name, hook) has the hook called with each object of the class whose
// method is called; it answers whether that can be done.
PyObject *watch_method(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	PyMethodDescrObject *method = count == 3 ? find_method(args[0], args[1]) : NULL;
	PyErr_Clear();
	if (method == NULL)
		return PyBool_FromLong(false);
	for (Method *m = methods; m < methods + WATCHED; m++) {
		if (change(m, &method->method)) {
			replace(&m->hook, args[2]);
			return PyBool_FromLong(true);
		}
	}
	return PyBool_FromLong(false);
}

// --- tasks that may make their first step when they are made ---------------------------

// Where a type has its tp_init, and what stands for that in its dictionary; not stable
// ABI, the same since 3.8, and checked before use.
enum { TP_INIT = 296 };
typedef struct {
	PyObject head;
	PyTypeObject *of;
	PyObject *name, *qualified_name;
	void *base, *wrapped;
} WrapperDescriptor;
typedef int (*Init)(PyObject *self, PyObject *args, PyObject *options);

static Init original_init;
static PyObject *before_init, *after_init;

// Calls after_init, whatever exception there is.
static void tell_end(PyObject *begun, PyObject *task) {
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(after_init, begun, task, NULL));
	if (answer != NULL)
		Py_DecRef(answer);
	if (type != NULL || !is_programs())
		PyErr_Restore(type, value, traceback);
}

static int init(PyObject *task, PyObject *args, PyObject *options) {
	PyObject *eager = options == NULL ? NULL : PyDict_GetItemString(options, "eager_start"); // borrowed
	if (eager != &_Py_TrueStruct)
		return original_init(task, args, options);
	PyObject *begun = HIDDEN(PyObject_CallFunctionObjArgs(before_init, task, args, options, NULL));
	if (begun == NULL) {
		if (is_programs())
			return -1;
		PyErr_Clear();
	}
	int answer = original_init(task, args, options);
	if (begun != NULL && begun != &_Py_NoneStruct)
		tell_end(begun, task);
	if (begun != NULL)
		Py_DecRef(begun);
	return answer == 0 && PyErr_Occurred() ? -1 : answer;
}

// watch_init(type, before, after) has before called with an object of the class, the
// arguments and the options, when its __init__ is called with eager_start=True, and after with
// what that has answered, and the object; it answers whether that can be done.
PyObject *watch_init(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	if (count != 3 || args[0]->type != &PyType_Type)
		return PyBool_FromLong(false);
	Init *place = (Init *)((char *)args[0] + TP_INIT);
	WrapperDescriptor *shown = (WrapperDescriptor *)PyObject_GetAttrString(args[0], "__init__");
	PyErr_Clear();
	bool fits = shown != NULL && shown->head.type == &PyWrapperDescr_Type && (PyObject *)shown->of == args[0] &&
	            (void *)*place == PyType_GetSlot((PyTypeObject *)args[0], Py_tp_init) && (void *)*place == shown->wrapped;
	if (fits && *place != init) {
		original_init = *place;
		*place = init;
		shown->wrapped = (void *)init;
	}
	if (fits) {
		replace(&before_init, args[1]);
		replace(&after_init, args[2]);
	}
	if (shown != NULL)
		Py_DecRef((PyObject *)shown);
	return PyBool_FromLong(fits);
}

// --- a fault of Python 3.11 ------------------------------------------------------------

// A thread with a function in the slot of sys.setprofile or sys.settrace that calls a
// function while a signal is pending asks again and again whether to handle it, which
// only the main thread can. That one is woken by the signal, unless it waits for a lock
// and signal.siginterrupt has said that waits are to go on, as asyncio does for its
// handlers: then both wait for ever. So what siginterrupt says is left out; it is left to
// Python to go on with what was interrupted, which it does (PEP 475).
static PyObject *siginterrupt(PyObject *module, PyObject *const *args, Py_ssize_t count) {
	PyObject *instead[] = {count > 0 ? args[0] : NULL, &_Py_TrueStruct};
	return methods[SIGINTERRUPT].original.function(module, count == 2 ? instead : args, count);
}

// interrupt_waits(siginterrupt) has signals interrupt what waits, whatever the program
// asks that function for from now on; it answers whether that can be done.
PyObject *interrupt_waits(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	bool known = count == 1 && args[0]->type == &PyCFunction_Type;
	return PyBool_FromLong(known && change(&methods[SIGINTERRUPT], &((PyCFunctionObject *)args[0])->method));
}
