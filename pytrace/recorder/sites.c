// SPDX-License-Identifier: Apache-2.0
//
// Places in the source, found as sites.py and waits.py find them.

#include "tasks.h"

// The frame that has called the function of Python that runs: a new reference, NULL
// if there is none.
PyObject *caller(void) {
	PyObject *frame = PyEval_GetFrame();
	return frame == NULL ? NULL : back_of(frame);
}

// Asks Python for a number about an object, and remembers it under a key.
static bool ask(PyObject *function, PyObject *about, Table *t, uint64_t a, uint64_t b, uint64_t *number) {
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(function, about, NULL));
	if (answer == NULL)
		return false;
	*number = PyLong_AsUnsignedLongLongMask(answer);
	Py_DecRef(answer);
	if (PyErr_Occurred())
		return false;
	table_remember(t, a, b, *number);
	return true;
}

bool kind_of(Tasks *t, PyObject *code, uint64_t *kind) {
	return table_get(&t->kinds, (uint64_t)code, 0, kind) || ask(t->kind_of, code, &t->kinds, (uint64_t)code, 0, kind);
}

// Names are known by their hashes, which Python keeps with them.
bool label_of(Tasks *t, PyObject *name, uint64_t *label) {
	uint64_t hash = (uint64_t)PyObject_Hash(name);
	return table_get(&t->labels, 1, hash, label) || ask(t->label, name, &t->labels, 1, hash, label);
}

bool code_site(Tasks *t, PyObject *code, uint32_t *site) {
	uint64_t found;
	if (!table_get(&t->definitions, (uint64_t)code, 0, &found) &&
	    !ask(t->code_site, code, &t->definitions, (uint64_t)code, 0, &found))
		return false;
	*site = (uint32_t)found;
	return true;
}

// The place where a frame is, whose code is the user's.
static bool frame_site(Tasks *t, PyObject *frame, PyObject *code, uint32_t *site) {
	uint64_t found, at = (uint64_t)last_instruction(frame);
	if (!table_get(&t->users, (uint64_t)code, at, &found) && !ask(t->frame_site, frame, &t->users, (uint64_t)code, at, &found))
		return false;
	*site = (uint32_t)found;
	return true;
}

// The place of the innermost user frame. Where there is none before the end, or what
// runs callbacks, sites.py decides.
bool user_site(Tasks *t, PyObject *frame, uint32_t *site) {
	PyObject *at = frame;
	Py_IncRef(at);
	while (at != NULL) {
		uint64_t kind;
		PyObject *code = code_of(at);
		if (!kind_of(t, code, &kind)) {
			Py_DecRef(at);
			return false;
		}
		if (kind == USER) {
			bool ok = frame_site(t, at, code, site);
			Py_DecRef(at);
			return ok;
		}
		PyObject *back = kind == MACHINERY ? back_of(at) : NULL;
		Py_DecRef(at);
		at = back;
	}
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(t->user_site, frame, t->run_code, NULL));
	if (answer == NULL)
		return false;
	*site = (uint32_t)PyLong_AsUnsignedLongLongMask(answer);
	Py_DecRef(answer);
	return !PyErr_Occurred();
}

// The code of a task's function, NULL if that is not Python's own. A borrowed
// reference: the task keeps it.
PyObject *code_of_task(PyObject *task) {
	PyObject *coroutine = attribute(task, &name__coro);
	const Parts *parts = coroutine == NULL ? NULL : parts_of(coroutine);
	PyObject *code = parts == NULL ? NULL : code_of_coroutine(parts, coroutine);
	if (coroutine != NULL)
		Py_DecRef(coroutine);
	PyErr_Clear();
	return code;
}

// The string of the name of a task's function; false also if it has none.
bool label_of_task(Tasks *t, PyObject *task, uint64_t *label) {
	PyObject *coroutine = attribute(task, &name__coro);
	const Parts *parts = coroutine == NULL ? NULL : parts_of(coroutine);
	PyObject *name = parts == NULL ? NULL : attribute(coroutine, &name___qualname__);
	bool ok = name != NULL && name->type == &PyUnicode_Type && label_of(t, name, label);
	if (name != NULL)
		Py_DecRef(name);
	if (coroutine != NULL)
		Py_DecRef(coroutine);
	return ok;
}

// For a suspended task: the place of its innermost user frame, and the code of
// asyncio's coroutine that is innermost of all, NULL if that is the user's. The task
// keeps it.
bool place_of(Tasks *t, PyObject *task, uint32_t *site, PyObject **inner) {
	PyObject *at = attribute(task, &name__coro), *user = NULL, *deepest = NULL;
	bool ok = at != NULL;
	*inner = NULL;
	*site = 0;
	while (ok && at != NULL) {
		const Parts *parts = parts_of(at);
		PyObject *next;
		if (parts == NULL) {
			next = behind(at);
		} else {
			uint64_t kind;
			PyObject *code = code_of_coroutine(parts, at);
			ok = code != NULL && kind_of(t, code, &kind);
			if (ok && kind == USER) {
				replace(&user, at);
				*inner = NULL;
			} else {
				*inner = code;
			}
			replace(&deepest, at);
			next = ok ? attribute(at, parts->awaits) : NULL;
			ok = next != NULL;
		}
		Py_DecRef(at);
		at = next;
	}
	if (at != NULL)
		Py_DecRef(at);
	PyObject *shown = user != NULL ? user : deepest; // a task that is asyncio's own
	PyObject *frame = ok && shown != NULL ? attribute(shown, parts_of(shown)->frame) : NULL;
	if (frame != NULL) {
		if (frame != &_Py_NoneStruct)
			ok = frame_site(t, frame, code_of(frame), site);
		Py_DecRef(frame);
	} else {
		ok = ok && shown == NULL;
	}
	replace(&user, NULL);
	replace(&deepest, NULL);
	return ok;
}

void forget_places(Tasks *t) {
	table_clear(&t->users);
	table_clear(&t->kinds);
	table_clear(&t->definitions);
	table_clear(&t->labels);
	table_clear(&t->waits);
}
