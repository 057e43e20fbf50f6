// SPDX-License-Identifier: Apache-2.0
//
// Slot: what a thread has in the place of sys.setprofile or sys.settrace; see
// profiling.py. Python makes no copy of a function's variables for a function of C.

#include <string.h>

#include "calls.h"
#include "frame.h"
#include "suspensions.h"

static PyTypeObject *slot_type;

// Called as Python calls what lies there, a Slot puts itself there again: a program may
// take it out and put it back.
//
// Until something is recorded on its thread a Slot has no calls: it asks first(code)
// whether that begins now, which answers None where it does not, False where it does
// not but may the next time, or the Slot that has taken its place.
typedef struct {
	PyObject head;
	Calls *calls;
	PyObject *first;
	Table unwanted; // code of which first has said None
	int trace;     // its place is that of settrace
	int functions; // it sees the beginnings and ends of Python's functions,
	int c;         // those of C,
	int lines;     // and lines
} Slot;

#define ASIDE (1ull << 62) // in the place of a record: see profiling.py

// --- events --------------------------------------------------------------------

static bool begin(Calls *c, PyObject *frame, PyObject *code) {
	uint64_t record;
	if (!beginning_of(c, code, &record))
		return false;
	if (record == 0)
		return true;
	if (record == ASIDE) {
		PyObject *answer = HIDDEN(PyObject_CallMethod(c->records, "aside", NULL));
		if (answer != NULL)
			Py_DecRef(answer);
		return answer != NULL;
	}
	Suspension *s = suspension_of(&c->suspensions, code);
	if (s != NULL && last_instruction(frame) > s->first && !resumption_of(c, code, &record))
		return false;
	begin_call(c, code, record);
	return true;
}

// Without a value an exception leaves the function.
static bool end(Calls *c, PyObject *frame, PyObject *code, PyObject *value) {
	uint64_t record = 1;
	if (!is_innermost(c, code) && !beginning_of(c, code, &record))
		return false;
	if (record != 0)
		end_call(c, code, value == NULL ? CALL_END_RAISE : is_suspended(suspension_of(&c->suspensions, code), frame) ? CALL_END_SUSPEND : CALL_END);
	return true;
}

static bool function_of_c(Calls *c, PyObject *caller, int event, PyObject *function) {
	uint64_t record;
	if (!beginning_of(c, caller, &record))
		return false;
	if (record == 0 || !is_c(function))
		return true;
	if (event == PyTrace_C_CALL)
		return begin_c(c, function);
	end_c(c, event == PyTrace_C_RETURN ? CALL_END : CALL_END_RAISE);
	return true;
}

static bool line(Calls *c, PyObject *frame, PyObject *code) {
	uint64_t record;
	if (!line_of(c, code, PyFrame_GetLineNumber(frame), &record))
		return false;
	if (record != 0)
		put_call(c, record);
	return true;
}

static int on_event(PyObject *self, PyObject *frame, int event, PyObject *arg);

static int on_first_event(Slot *s, PyObject *frame, int event, PyObject *arg) {
	uint64_t unwanted;
	PyObject *code = code_of(frame);
	if (table_get(&s->unwanted, (uint64_t)code, 0, &unwanted))
		return 0;
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(s->first, code, NULL));
	if (answer == NULL)
		return -1;
	int failed = 0;
	if (answer == &_Py_NoneStruct)
		table_remember(&s->unwanted, (uint64_t)code, 0, 1);
	else if (answer->type == slot_type && ((Slot *)answer)->calls != NULL)
		failed = on_event(answer, frame, event, arg);
	Py_DecRef(answer);
	return failed;
}

static int on_event(PyObject *self, PyObject *frame, int event, PyObject *arg) {
	Slot *s = (Slot *)self;
	if (s->calls == NULL)
		return on_first_event(s, frame, event, arg);
	PyObject *code = code_of(frame);
	bool ok = true;
	switch (event) {
	case PyTrace_CALL:
		ok = !s->functions || begin(s->calls, frame, code);
		break;
	case PyTrace_RETURN:
		ok = !s->functions || end(s->calls, frame, code, arg);
		break;
	case PyTrace_C_CALL:
	case PyTrace_C_RETURN:
	case PyTrace_C_EXCEPTION:
		ok = !s->c || function_of_c(s->calls, code, event, arg);
		break;
	case PyTrace_LINE:
		ok = !s->lines || line(s->calls, frame, code);
	}
	return ok ? 0 : -1;
}

// --- who is in a slot --------------------------------------------------------------

// A profiler written in C may lie in a slot with no object (yappi, memray), and then
// sys.getprofile says None, as of an empty slot. A thread's state tells, but where in it
// differs from version to version: it is found by a look at what changes there when a
// slot is filled.
enum { STATE_WORDS = 24 }; // the slots lie among these in 3.8 to 3.11
static int function_word[2], object_word[2]; // of setprofile and of settrace; 0 if not known

static void fill(bool trace, Py_tracefunc function, PyObject *object) {
	if (trace)
		PyEval_SetTrace(function, object);
	else
		PyEval_SetProfile(function, object);
}

static int word_changed(void *const *before, void *const *now, void *to) {
	for (int i = 1; i < STATE_WORDS; i++)
		if (before[i] != to && now[i] == to)
			return i;
	return 0;
}

static void find_words(bool trace, PyObject *mark) {
	void **state = PyThreadState_Get(), *before[STATE_WORDS];
	memcpy(before, state, sizeof before);
	fill(trace, on_event, mark);
	int function = word_changed(before, state, (void *)on_event), object = word_changed(before, state, mark);
	if (function == 0 || object == 0)
		return;
	function_word[trace] = function;
	object_word[trace] = object;
	fill(trace, (Py_tracefunc)before[function], before[object]);
}

// in_use(slot): whether the place of a Slot has a function of somebody else's, in the
// current thread.
static PyObject *in_use(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	int trace = ((Slot *)self)->trace;
	if (function_word[trace] == 0)
		find_words(trace, self);
	if (PyErr_Occurred())
		return NULL;
	void *there = function_word[trace] == 0 ? NULL : ((void **)PyThreadState_Get())[function_word[trace]];
	return PyBool_FromLong(there != NULL && there != (void *)on_event);
}

// --- Slot, as Python sees it -----------------------------------------------------

// Slot(calls or first, trace, functions, c, lines)
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
	(void)keywords;
	PyObject *source;
	int trace, functions, c, lines;
	if (!PyArg_ParseTuple(args, "Opppp", &source, &trace, &functions, &c, &lines))
		return NULL;
	Slot *s = (Slot *)PyType_GenericAlloc(type, 0);
	if (s == NULL)
		return NULL;
	if (source->type == calls_type)
		replace((PyObject **)&s->calls, source);
	else
		replace(&s->first, source);
	s->trace = trace;
	s->functions = functions;
	s->c = c;
	s->lines = lines;
	return (PyObject *)s;
}

static void dealloc(PyObject *self) {
	PyTypeObject *type = self->type;
	Slot *s = (Slot *)self;
	replace((PyObject **)&s->calls, NULL);
	replace(&s->first, NULL);
	table_clear(&s->unwanted);
	PyObject_Free(self);
	Py_DecRef((PyObject *)type);
}

// forget() forgets what is known of code: others may get the same addresses.
static PyObject *forget(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	table_clear(&((Slot *)self)->unwanted);
	return none();
}

static bool put_in_place(Slot *s) {
	fill(s->trace, on_event, (PyObject *)s);
	return !PyErr_Occurred();
}

// slot() puts it in its place; slot(frame, event, arg) does too, and sees to a call.
static PyObject *call(PyObject *self, PyObject *args, PyObject *keywords) {
	(void)keywords;
	Slot *s = (Slot *)self;
	if (s->calls != NULL && s->calls->thread != PyThread_get_thread_ident())
		return none(); // it was passed to another thread
	if (!put_in_place(s))
		return NULL;
	if (PyTuple_Size(args) == 3 && PyUnicode_CompareWithASCIIString(PyTuple_GetItem(args, 1), "call") == 0 &&
	    on_event(self, PyTuple_GetItem(args, 0), PyTrace_CALL, NULL) < 0)
		return NULL;
	return none();
}

static PyMethodDef methods[] = {{"forget", forget, METH_FASTCALL, NULL}, {"in_use", in_use, METH_FASTCALL, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot slots[] = {
	{Py_tp_new, make}, {Py_tp_dealloc, dealloc}, {Py_tp_call, call}, {Py_tp_methods, methods}, {0, NULL},
};
static PyType_Spec spec = {"_curtain_probe._recorder.Slot", sizeof(Slot), 0, Py_TPFLAGS_DEFAULT, slots};

int add_slot(PyObject *module) {
	slot_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (slot_type == NULL)
		return -1;
	Py_IncRef((PyObject *)slot_type);
	return PyModule_AddObject(module, "Slot", (PyObject *)slot_type);
}
