// SPDX-License-Identifier: Apache-2.0
//
// Calls: the open calls of a thread, and the records of all that can be called. What
// is recorded of a function is decided by calls.py, once for each; monitoring.c and
// profiling.c bring the events.

#include "calls.h"
#include "suspensions.h"

PyTypeObject *c_types[8];
char c_call, job, greenlet;
Calls *all_calls;
PyTypeObject *calls_type;

// --- the stack of open calls ---------------------------------------------

static bool push(Calls *c, void *what) {
	if (c->depth == c->room) {
		Py_ssize_t room = c->room ? c->room * 2 : 256;
		void **stack = PyMem_RawRealloc(c->stack, room * sizeof *stack);
		if (stack == NULL)
			return false; // it is not recorded
		c->stack = stack;
		c->room = room;
	}
	c->stack[c->depth++] = what;
	return true;
}

// Calls what greenlets.py has asked for.
static void recover(Calls *c) {
	PyObject *function = c->recover, *type, *value, *traceback;
	c->recover = NULL;
	PyErr_Fetch(&type, &value, &traceback);
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(function, NULL));
	if (answer != NULL)
		Py_DecRef(answer);
	PyErr_Restore(type, value, traceback);
	Py_DecRef(function);
}

void begin_call(Calls *c, void *what, uint64_t record) {
	if (c->recover != NULL)
		recover(c);
	if (push(c, what))
		put_call(c, record);
}

// Ends a call that is not the innermost one, if its beginning was written. Those
// within it, whose ends went by unseen, are ended too. No end reaches beyond a job, or
// into the calls of another greenlet.
static void end_outer_call(Calls *c, void *what, uint64_t record) {
	Py_ssize_t at = c->depth;
	do {
		if (at == 0 || c->stack[at - 1] == &job || c->stack[at - 1] == &greenlet)
			return;
	} while (c->stack[--at] != what);
	while (c->depth > at + 1) {
		c->depth--;
		put_call(c, CALL_END_RAISE);
	}
	c->depth--;
	put_call(c, record);
}

void end_call(Calls *c, void *what, uint64_t record) {
	if (c->recover != NULL)
		recover(c);
	if (is_innermost(c, what)) {
		c->depth--;
		put_call(c, record);
	} else if (what != &c_call) {
		end_outer_call(c, what, record);
	}
}

// --- what is recorded -----------------------------------------------------

// Takes the answer of calls.py: a record, or 0 for none. It may be kept unless it is
// None, which stands for a failure of the probe that has been dealt with there. Answers
// false after an exception that is the program's, such as that of Ctrl-C.
static bool take(PyObject *answer, uint64_t *record, bool *may_keep) {
	*record = 0;
	*may_keep = false;
	if (answer == NULL) {
		// There was no room to ask. 3.8 ends a program that goes on into the depth after that,
		// if it is not told.
		if (PyFrame_GetCode == NULL || !PyErr_ExceptionMatches(PyExc_RecursionError))
			return false;
		PyErr_Clear();
		return true;
	}
	*may_keep = answer != &_Py_NoneStruct;
	if (*may_keep)
		*record = PyLong_AsUnsignedLongLongMask(answer);
	Py_DecRef(answer);
	return true;
}

static bool take_and_keep(PyObject *answer, Table *t, PyObject *code, int line, uint64_t *record) {
	bool may_keep;
	if (!take(answer, record, &may_keep))
		return false;
	if (may_keep)
		table_remember(t, (uint64_t)code, line, *record);
	return true;
}

bool beginning_of(Calls *c, PyObject *code, uint64_t *record) {
	return table_get(&c->begins, (uint64_t)code, 0, record) ||
	       take_and_keep(HIDDEN(PyObject_CallMethod(c->records, "begin", "O", code)), &c->begins, code, 0, record);
}

bool resumption_of(Calls *c, PyObject *code, uint64_t *record) {
	return table_get(&c->resumes, (uint64_t)code, 0, record) ||
	       take_and_keep(HIDDEN(PyObject_CallMethod(c->records, "resume", "O", code)), &c->resumes, code, 0, record);
}

bool line_of(Calls *c, PyObject *code, int line, uint64_t *record) {
	return table_get(&c->lines, (uint64_t)code, line, record) ||
	       take_and_keep(HIDDEN(PyObject_CallMethod(c->records, "line", "Oi", code, line)), &c->lines, code, line, record);
}

// Whether a function is a hook of ours, which stands in asyncio's code.
static bool is_hook(PyObject *function) {
	PyObject *self = function->type == &PyCFunction_Type ? ((PyCFunctionObject *)function)->self : NULL;
	return self != NULL && self->type == tasks_type;
}

bool is_c(PyObject *function) {
	for (PyTypeObject **t = c_types; *t != NULL; t++)
		if (function->type == *t)
			return !is_hook(function);
	return false;
}

static uint64_t hash_of(const char *text) {
	uint64_t hash = 0xCBF29CE484222325u; // FNV-1a
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
	return hash;
}

// Finds the record of a call of C. The objects come and go, so they are known by what
// does not: a function by its definition in C and the class that it is called on, a
// class by its name. Others are made by each look at an attribute, and asked for anew,
// but for those of which calls.py says that they stay.
static bool function_of(Calls *c, PyObject *function, uint64_t *record) {
	static const uint64_t stays = 1ull << 63;
	uint64_t a = (uint64_t)function, b = 0;
	bool known_by_parts = true;
	if (function->type == &PyCFunction_Type) {
		PyCFunctionObject *f = (PyCFunctionObject *)function;
		a = (uint64_t)f->method;
		if (f->self != NULL && f->self->type != &PyModule_Type)
			b = (uint64_t)(f->self->type == &PyType_Type ? (PyTypeObject *)f->self : f->self->type);
	} else if (function->type == &PyType_Type) {
		a = 1;
		b = hash_of(((PyTypeObject *)function)->name);
	} else {
		known_by_parts = false;
	}
	if (table_get(&c->functions, a, b, record))
		return true;
	bool may_keep;
	if (!take(HIDDEN(PyObject_CallMethod(c->records, "function", "O", function)), record, &may_keep))
		return false;
	may_keep = may_keep && (known_by_parts || *record & stays);
	*record &= ~stays;
	if (may_keep)
		table_remember(&c->functions, a, b, *record);
	return true;
}

bool begin_c(Calls *c, PyObject *function) {
	static const uint64_t switches = 1ull << 61;
	uint64_t record;
	if (!function_of(c, function, &record))
		return false;
	if (record & switches) {
		record ^= switches;
		PyObject *answer = HIDDEN(PyObject_CallMethod(c->records, "switches", NULL));
		if (answer == NULL)
			return false;
		Py_DecRef(answer);
	}
	if (record)
		begin_call(c, &c_call, record);
	return true;
}

// --- Calls, as Python sees it ----------------------------------------------

// Calls(records, writer, thread): of the thread with that number, which has none yet.
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
	(void)keywords;
	PyObject *records, *writer;
	unsigned long thread;
	if (!PyArg_ParseTuple(args, "OOk", &records, &writer, &thread))
		return NULL;
	if (writer->type != writer_type) {
		type_error("Calls: not a Writer");
		return NULL;
	}
	Calls *c = (Calls *)PyType_GenericAlloc(type, 0);
	if (c == NULL)
		return NULL;
	Py_IncRef(records);
	Py_IncRef(writer);
	c->records = records;
	c->writer = (Writer *)writer;
	c->thread = thread;
	c->next = all_calls;
	Py_IncRef((PyObject *)c); // for the list, which lets nobody go
	all_calls = c;
	return (PyObject *)c;
}

static PyObject *depth(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	return PyLong_FromUnsignedLongLong(((Calls *)self)->depth);
}

static void end_to(Calls *c, Py_ssize_t depth, uint64_t record) {
	while (c->depth > depth)
		if (c->stack[--c->depth] != &greenlet)
			put_call(c, record);
}

static void cut_to(Calls *c, Py_ssize_t depth) { end_to(c, depth, CALL_END); }

// cut(depth) ends all calls beyond a depth.
static PyObject *cut(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	if (count == 1)
		cut_to((Calls *)self, (Py_ssize_t)PyLong_AsUnsignedLongLongMask(args[0]));
	return none();
}

// The depth of the calls that the innermost job runs in, with the job; 0 if there is none.
static Py_ssize_t innermost_job(Calls *c) {
	Py_ssize_t at = c->depth;
	while (at > 0 && c->stack[at - 1] != &job)
		at--;
	return at;
}

// leave() ends all calls that have begun within the innermost job: their ends will
// go by unseen.
static PyObject *leave(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	cut_to((Calls *)self, innermost_job((Calls *)self));
	return none();
}

static PyObject *job_begin(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	push((Calls *)self, &job);
	return none();
}

// Ends all calls that have begun within the job.
static PyObject *job_end(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	Calls *c = (Calls *)self;
	Py_ssize_t at = innermost_job(c);
	if (at > 0) {
		cut_to(c, at);
		c->depth--;
	}
	return none();
}

// greenlet_begin() begins the calls of another greenlet.
static PyObject *greenlet_begin(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	push((Calls *)self, &greenlet);
	return none();
}

// The code of an open call of a Python function, NULL of any other. The stack keeps nothing
// alive: calls.py does that with the code whose records are known.
static PyObject *code_at(Calls *c, Py_ssize_t i) {
	void *what = c->stack[i];
	return what != &c_call && what != &job && what != &greenlet && table_find(&c->begins, (uint64_t)what, 0) != NULL ? what : NULL;
}

static PyObject *codes_between(Calls *c, Py_ssize_t first, Py_ssize_t depth) {
	Py_ssize_t n = 0;
	for (Py_ssize_t i = first; i < depth && i < c->depth; i++)
		n += code_at(c, i) != NULL;
	PyObject *codes = PyTuple_New(n);
	for (Py_ssize_t i = first, at = 0; codes != NULL && at < n; i++) {
		PyObject *code = code_at(c, i);
		if (code != NULL) {
			Py_IncRef(code);
			PyTuple_SetItem(codes, at++, code);
		}
	}
	return codes;
}

// codes(first, depth): the code of the open calls of Python functions from first to depth.
static PyObject *codes(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	if (count != 2)
		return none();
	return codes_between((Calls *)self, (Py_ssize_t)PyLong_AsUnsignedLongLongMask(args[0]), (Py_ssize_t)PyLong_AsUnsignedLongLongMask(args[1]));
}

// suspend(depth) suspends all calls beyond a depth, and answers their code.
static PyObject *suspend(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Calls *c = (Calls *)self;
	if (count != 1)
		return none();
	Py_ssize_t depth = (Py_ssize_t)PyLong_AsUnsignedLongLongMask(args[0]);
	PyObject *suspended = codes_between(c, depth, c->depth);
	if (suspended != NULL)
		end_to(c, depth, CALL_END_SUSPEND);
	return suspended;
}

// resume_all(codes) resumes them.
static PyObject *resume_all(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Calls *c = (Calls *)self;
	for (Py_ssize_t i = 0; count == 1 && i < PyTuple_Size(args[0]); i++) {
		uint64_t record;
		PyObject *code = PyTuple_GetItem(args[0], i);
		if (!resumption_of(c, code, &record))
			return NULL;
		if (record != 0)
			begin_call(c, code, record);
	}
	return none();
}

// Forgets what is known of code: others may get the same addresses.
static PyObject *forget(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	Calls *c = (Calls *)self;
	table_clear(&c->begins);
	table_clear(&c->resumes);
	table_clear(&c->lines);
	forget_suspensions(&c->suspensions);
	return none();
}

static PyMethodDef methods[] = {
	{"depth", depth, METH_FASTCALL, NULL},         {"cut", cut, METH_FASTCALL, NULL},
	{"leave", leave, METH_FASTCALL, NULL},
	{"job_begin", job_begin, METH_FASTCALL, NULL}, {"job_end", job_end, METH_FASTCALL, NULL},
	{"greenlet_begin", greenlet_begin, METH_FASTCALL, NULL}, {"codes", codes, METH_FASTCALL, NULL},
	{"suspend", suspend, METH_FASTCALL, NULL},     {"resume_all", resume_all, METH_FASTCALL, NULL},
	{"forget", forget, METH_FASTCALL, NULL},       {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {{Py_tp_new, make}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"_curtain_probe._recorder.Calls", sizeof(Calls), 0, Py_TPFLAGS_DEFAULT, slots};

int add_calls(PyObject *module) {
	calls_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (calls_type == NULL)
		return -1;
	Py_IncRef((PyObject *)calls_type);
	return PyModule_AddObject(module, "Calls", (PyObject *)calls_type);
}
