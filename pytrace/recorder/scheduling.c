// SPDX-License-Identifier: Apache-2.0
//
// call_soon, which does what asyncio's own does for the loop that runs and notes
// what is scheduled by whom: a callback, a task's next step, a task's first step, the
// step of a task whose future is done. As in steps.c Python does what is not usual.

#include <string.h>

#include "tasks.h"

// The frame that schedules something, NULL if there is none. It is found when first asked
// for: Python makes an object of it, and most steps do without.
static PyObject *here(PyObject **frame) {
	if (*frame == NULL)
		*frame = caller();
	return *frame;
}

static bool site_here(Tasks *t, PyObject **frame, uint32_t *site) { return here(frame) != NULL && user_site(t, *frame, site); }

// --- steps ------------------------------------------------------------------------

// The number N of a task that is called Task-N: N is greater than all before, for
// otherwise the program has given the name. 0 if it is called otherwise.
static int64_t last_default;

int64_t default_number(PyObject *name) {
	Py_ssize_t length;
	const char *text = PyUnicode_AsUTF8AndSize(name, &length);
	int64_t number = 0;
	if (text == NULL) {
		PyErr_Clear();
		return 0;
	}
	if (length < 6 || length > 15 || memcmp(text, "Task-", 5) != 0)
		return 0;
	for (Py_ssize_t i = 5; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		number = number * 10 + text[i] - '0';
	}
	if (number <= last_default || number >= 1ll << 32)
		return 0;
	return last_default = number;
}

// The first step of a task that was created just now. Answers false if Python is to
// see to it.
static bool first_step(Tasks *t, PyObject *handle, PyObject *task, PyObject **frame) {
	uint32_t site;
	uint64_t label;
	if ((PyObject *)task->type != t->Task || !label_of_task(t, task, &label) || !site_here(t, frame, &site))
		return false;
	PyObject *name = call_method(&name_get_name, (PyObject *[]){NULL, task}, 1);
	int64_t number = name == NULL ? 0 : default_number(name);
	if (name != NULL)
		Py_DecRef(name);
	if (number == 0)
		return false;
	set_number(t->tasks, task, number);
	set_number(t->handles, handle, -number);
	uint64_t now = monotonic_ns();
	append_at(t->writer, now, TASK_CREATED, site, number, t->current);
	append_at(t->writer, now, TASK_NAME_FUNCTION, 0, number, label);
	return true;
}

static bool step(Tasks *t, PyObject *handle, PyObject *task, PyObject **frame) {
	int64_t number = number_of(t->tasks, task);
	if (number != 0 && number == t->current) { // a bare yield
		set_number(t->handles, handle, -number);
		t->yielded = true;
		return true;
	}
	return t->eager_task == 0 && first_step(t, handle, task, frame);
}

// Whether a task that is done has just come to its end: then it still runs, or what runs
// handles is what resolves it.
static bool ends(Tasks *t, PyObject *task, PyObject **frame, bool *yes) {
	uint64_t kind;
	*yes = t->current != 0 && number_of(t->tasks, task) == t->current;
	if (*yes)
		return true;
	if (here(frame) == NULL || !kind_of(t, code_of(*frame), &kind))
		return false;
	*yes = kind == STOP;
	return true;
}

// Where a future was resolved that makes its callback run. The end of a task has no
// line of its own: its function stands in.
static bool place_of_end(Tasks *t, PyObject *future, PyObject **frame, uint32_t *site) {
	bool at_end = false;
	*site = 0;
	if (is_task(t, future)) {
		if (!ends(t, future, frame, &at_end))
			return false;
		PyObject *code = at_end ? code_of_task(future) : NULL;
		if (code != NULL && !code_site(t, code, site))
			return false;
	}
	return *site != 0 || site_here(t, frame, site);
}

// The step of a task whose future is done.
static bool wake(Tasks *t, PyObject *handle, PyObject *task, PyObject *future, PyObject **frame) {
	int64_t number = number_of(t->tasks, task), by;
	int state;
	uint32_t site = 0, cause = TASK_WOKEN_FUTURE;
	if (number == 0 || !state_of(future, &state) || state == CANCELLED)
		return false;
	if (is_task(t, future)) {
		if (!place_of_end(t, future, frame, &site))
			return false;
		cause = TASK_WOKEN_TASK;
		by = number_of(t->tasks, future);
	} else {
		if (!site_here(t, frame, &site))
			return false;
		by = number_of(t->futures, future);
		if (t->woken != 0 && t->woken != (int64_t)future)
			take_number(t->futures, (PyObject *)t->woken);
		t->woken = (int64_t)future;
		if (t->timer != 0) {
			cause = TASK_WOKEN_TIMER;
			by = t->timer;
		}
	}
	set_number(t->handles, handle, -number);
	append(t->writer, cause, site, number, by);
	return true;
}

// --- callbacks ----------------------------------------------------------------------

static bool plain(Tasks *t, PyObject *handle, PyObject *args, PyObject **frame) {
	PyObject *only = PyTuple_Size(args) == 1 ? PyTuple_GetItem(args, 0) : NULL;
	bool done = only != NULL && PyType_IsSubtype(only->type, (PyTypeObject *)t->Future);
	uint32_t site;
	if (!(done ? place_of_end(t, only, frame, &site) : site_here(t, frame, &site)))
		return false;
	int64_t number = ++t->last_handle;
	set_number(t->handles, handle, number);
	append(t->writer, done ? HANDLE_SCHEDULED_DONE : HANDLE_SCHEDULED_SOON, site, number, 0);
	return true;
}

static bool with_task(Tasks *t, PyObject *handle, PyObject *callback, PyObject *args, PyObject **frame) {
	PyObject *task = attribute(callback, &name___self__);
	if (task == NULL)
		return false;
	bool ok = (PyObject *)callback->type == t->step_type ? step(t, handle, task, frame)
	                                                     : wake(t, handle, task, PyTuple_GetItem(args, 0), frame);
	Py_DecRef(task);
	return ok;
}

// Whether a type may be that of a task's steps and wake-ups, before it is known: those
// are called something-MethWrapper.
static bool is_wrapper(PyTypeObject *type) {
	static const char end[] = "MethWrapper";
	size_t length = strlen(type->name);
	return length >= sizeof end - 1 && strcmp(type->name + length - (sizeof end - 1), end) == 0;
}

static bool note(Tasks *t, PyObject *handle, PyObject *callback, PyObject *args, PyObject **frame) {
	PyTypeObject *kind = callback->type;
	if ((PyObject *)kind == t->step_type || ((PyObject *)kind == t->wakeup_type && PyTuple_Size(args) == 1))
		return with_task(t, handle, callback, args, frame);
	if (kind == &PyCFunction_Type) {
		PyCFunctionObject *f = (PyCFunctionObject *)callback;
		if (f->self != NULL && is_task(t, f->self) && strcmp(f->method->name, "task_wakeup") == 0)
			return (PyObject *)f->self->type == t->Task && PyTuple_Size(args) == 1 &&
			       wake(t, handle, f->self, PyTuple_GetItem(args, 0), frame);
	} else if (kind == &PyMethod_Type) {
		PyObject *function = ((PyMethodObject *)callback)->function;
		if (function == t->py_step || function == t->py_wakeup)
			return false;
	} else if (is_wrapper(kind)) {
		return false;
	}
	return plain(t, handle, args, frame);
}

// --- callbacks of the loop that runs --------------------------------------------------

// Whether an object has a method that is the function own.
static bool has_own(PyObject *object, Name *name, PyObject *own) {
	PyObject *found = NULL;
	bool unbound = _PyObject_GetMethod(object, name->text, &found) == 1;
	if (found == NULL)
		PyErr_Clear();
	else
		Py_DecRef(found);
	return unbound && found == own;
}

static bool has_none(PyTypeObject *type, Name *name) {
	PyObject *found = PyObject_GetAttr((PyObject *)type, name->text);
	if (found == NULL)
		PyErr_Clear();
	else
		Py_DecRef(found);
	return found == NULL;
}

// A class has a tag that changes with it, 0 when it has none.
static uint64_t version_of(PyTypeObject *type) {
	return type->version_tag == 0 ? 0 : type->version_tag | (uint64_t)(type->flags & TAG_IS_VALID) << 32;
}

// Borrows an object's own attribute, NULL if it has none.
static PyObject *own_attribute(PyObject *dict, Name *name) {
	PyObject *found = PyDict_GetItemWithError(dict, name->text);
	if (found == NULL)
		PyErr_Clear();
	return found;
}

// Returns the ready queue of a loop that schedules as asyncio does without debug mode,
// a new reference, NULL if it does not: the program may have put other functions into the
// loop's class, or into the loop. As long as the class is as it was, the loop's dictionary
// has all the answers.
static PyObject *queue_of(Tasks *t, PyObject *loop) {
	uint64_t version = version_of(loop->type);
	if (version == 0 || version != t->loop_version) {
		t->loop_version = 0;
		if (!has_own(loop, &name__call_soon, t->own_call_soon) || !has_own(loop, &name__check_closed, t->own_check_closed) ||
		    !has_none(loop->type, &name__debug) || !has_none(loop->type, &name__ready))
			return NULL;
		t->loop_version = version_of(loop->type);
	}
	PyObject *own = PyObject_GenericGetDict(loop, NULL);
	if (own == NULL) {
		PyErr_Clear();
		return NULL;
	}
	PyObject *ready = own_attribute(own, &name__ready);
	if (ready != NULL) {
		// Else a call on another thread would be an error of the program.
		bool plain = own_attribute(own, &name__debug) == &_Py_FalseStruct && own_attribute(own, &name__call_soon) == NULL &&
		             own_attribute(own, &name__check_closed) == NULL;
		ready = plain ? ready : NULL;
	}
	if (ready != NULL)
		Py_IncRef(ready);
	Py_DecRef(own);
	return ready;
}

// Appends to a queue, which is a deque unless the program has replaced it.
static bool enqueue(PyObject *ready, PyObject *handle) {
	static PyTypeObject *deque;
	static PyObject *append;
	if (deque == NULL && strcmp(ready->type->name, "collections.deque") == 0) {
		append = PyObject_GetAttr((PyObject *)ready->type, name_append.text);
		deque = append == NULL ? NULL : ready->type;
		PyErr_Clear();
	}
	PyObject *added = ready->type == deque ? call_function(append, (PyObject *[]){NULL, ready, handle}, 2)
	                                       : call_method(&name_append, (PyObject *[]){NULL, ready, handle}, 2);
	if (added != NULL)
		Py_DecRef(added);
	return added != NULL;
}

// call_soon(loop, callback, args, context) answers the handle; None if asyncio is to do it.
PyObject *call_soon(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Tasks *t = (Tasks *)self;
	if (count != 4 || args[0] != t->quick)
		return none();
	PyObject *loop = args[0];
	PyObject *ready = queue_of(t, loop);
	if (ready == NULL)
		return none();
	PyObject *make = attribute(t->events, &name_Handle);
	PyObject *handle = make == NULL ? NULL : call_function(make, (PyObject *[]){NULL, args[1], args[2], loop, args[3]}, 4);
	if (make != NULL)
		Py_DecRef(make);
	bool added = handle != NULL && enqueue(ready, handle);
	Py_DecRef(ready);
	if (!added) {
		if (handle != NULL)
			Py_DecRef(handle);
		return NULL;
	}
	PyObject *frame = NULL, *answer = NULL;
	bool noted = note(t, handle, args[1], args[2], &frame);
	if (!noted && !is_programs()) {
		PyErr_Clear();
		here(&frame);
		answer = HIDDEN(PyObject_CallFunctionObjArgs(t->soon_slowly, loop, handle, args[1], args[2], frame == NULL ? &_Py_NoneStruct : frame, NULL));
		noted = answer != NULL;
	}
	if (answer != NULL)
		Py_DecRef(answer);
	if (frame != NULL)
		Py_DecRef(frame);
	if (noted)
		return handle;
	Py_DecRef(handle);
	return NULL;
}

// --- timers and cancellations -----------------------------------------------------------

// When a timer is due, in ns of the loop's clock; now, where that is none of asyncio's.
static bool due_of(Tasks *t, PyObject *loop, PyObject *when, uint64_t *due) {
	PyObject *clock = attribute((PyObject *)loop->type, &name_time);
	if (clock == NULL)
		return false;
	Py_DecRef(clock);
	*due = monotonic_ns();
	if (clock != t->loop_time)
		return true;
	double at = PyFloat_AsDouble(when) * 1e9;
	*due = at < 1 ? 1 : at < 1.8e19 ? (uint64_t)at : FOREVER - 1;
	return !PyErr_Occurred();
}

// Notes for how long a task sleeps, if the timer ends an asyncio.sleep.
static bool note_sleep(Tasks *t, PyObject *args, PyObject *frame, uint64_t due) {
	PyObject *left = PyLong_FromUnsignedLongLong(due);
	PyObject *length = left == NULL ? NULL : HIDDEN(PyObject_CallFunctionObjArgs(t->length, frame, left, NULL));
	if (left != NULL)
		Py_DecRef(left);
	if (length == NULL)
		return false;
	if (t->sleeps->table.used > 100000)
		table_clear(&t->sleeps->table);
	uint64_t before; // the number of a future that was at its address
	table_take(&t->futures->table, (uint64_t)PyTuple_GetItem(args, 0), 0, &before);
	set_number(t->sleeps, PyTuple_GetItem(args, 0), (int64_t)PyLong_AsUnsignedLongLongMask(length));
	Py_DecRef(length);
	return !PyErr_Occurred();
}

// call_at(loop, timer, when, callback, args) notes a timer.
PyObject *call_at(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Tasks *t = (Tasks *)self;
	if (count != 5)
		return none();
	uint32_t site;
	uint64_t due;
	PyObject *frame = args[0] == t->quick ? caller() : NULL;
	bool sleep = args[3] == t->end_sleep && PyTuple_Size(args[4]) > 0;
	bool ok = frame != NULL && due_of(t, args[0], args[2], &due) && user_site(t, frame, &site) &&
	          (!sleep || note_sleep(t, args[4], frame, due));
	if (frame != NULL)
		Py_DecRef(frame);
	if (!ok) {
		if (is_programs())
			return NULL;
		PyErr_Clear();
		return HIDDEN(call_function(t->call_at_slowly, (PyObject *[]){NULL, args[0], args[1], args[2], args[3], args[4]}, 5));
	}
	int64_t number = ++t->last_handle;
	set_number(t->handles, args[1], sleep ? number | SLEEP : number);
	append(t->writer, HANDLE_SCHEDULED_TIMER, site, number, due);
	return none();
}

// cancel(handle) notes that a handle will not run.
PyObject *cancel(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Tasks *t = (Tasks *)self;
	if (count != 1)
		return none();
	uint32_t site;
	PyObject *loop = attribute(args[0], &name__loop);
	PyObject *frame = loop != NULL && loop == t->quick ? PyEval_GetFrame() : NULL; // borrowed
	int64_t number = number_of(t->handles, args[0]) & ~SLEEP;
	bool ok = frame != NULL && number > 0 && user_site(t, frame, &site);
	if (loop != NULL)
		Py_DecRef(loop);
	if (!ok) {
		if (is_programs())
			return NULL;
		PyErr_Clear();
		return HIDDEN(call_function(t->cancel_slowly, (PyObject *[]){NULL, args[0]}, 1));
	}
	take_number(t->handles, args[0]);
	append(t->writer, HANDLE_CANCELLED, site, number, 0);
	return none();
}
