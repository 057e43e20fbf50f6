// SPDX-License-Identifier: Apache-2.0
//
// Tracer: what greenlet calls at each switch in one thread; see greenlets.py. greenlet has one
// place for such a function in each thread, and the program may want it: so its functions
// settrace and gettrace are given another function to call, and know the program's alone.

#include "calls.h"
#include "frame.h"
#include "methods.h"
#include "tasks.h"

typedef PyObject *(*WithArguments)(PyObject *self, PyObject *args);

typedef struct {
	PyObject head;
	Calls *calls;       // of the thread
	PyObject *switched; // is called with the greenlet that was left and the one that runs
	PyObject *recover;  // is called when a function of the program's has failed, at the next event
	PyObject *program;  // the program's function, NULL if it has none
} Tracer;

static PyTypeObject *tracer_type;

static PyObject *settrace(PyObject *, PyObject *);
static PyObject *gettrace(PyObject *, PyObject *);
static Method set = {.name = "settrace", .function = FUNCTION(settrace), .flags = METH_VARARGS};
static Method get = {.name = "gettrace", .function = FUNCTION(gettrace), .flags = METH_NOARGS};
static PyObject *module; // greenlet's

static PyObject *there(void) { return ((WithArguments)(void (*)(void))get.original.function)(module, NULL); }

// Puts a function in its place; NULL with an exception.
static PyObject *put(PyObject *function) {
	PyObject *args = PyTuple_New(1);
	if (args == NULL)
		return NULL;
	Py_IncRef(function);
	PyTuple_SetItem(args, 0, function);
	PyObject *before = ((WithArguments)(void (*)(void))set.original.function)(module, args);
	Py_DecRef(args);
	return before;
}

static PyObject *programs(Tracer *t) {
	PyObject *function = t->program == NULL ? &_Py_NoneStruct : t->program;
	Py_IncRef(function);
	return function;
}

static PyObject *settrace(PyObject *self, PyObject *args) {
	PyObject *function = there();
	if (function == NULL)
		return NULL;
	PyObject *before;
	if (function->type == tracer_type && PyTuple_Size(args) == 1) {
		Tracer *t = (Tracer *)function;
		PyObject *wanted = PyTuple_GetItem(args, 0);
		before = programs(t);
		replace(&t->program, wanted == &_Py_NoneStruct ? NULL : wanted);
	} else {
		before = ((WithArguments)(void (*)(void))set.original.function)(self, args);
	}
	Py_DecRef(function);
	return before;
}

static PyObject *gettrace(PyObject *self, PyObject *args) {
	(void)self, (void)args;
	PyObject *function = there();
	if (function == NULL || function->type != tracer_type)
		return function;
	PyObject *answer = programs((Tracer *)function);
	Py_DecRef(function);
	return answer;
}

// watch_greenlets(settrace, gettrace): of greenlet; it answers whether that can be done.
PyObject *watch_greenlets(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	if (count != 2 || args[0]->type != &PyCFunction_Type || args[1]->type != &PyCFunction_Type)
		return PyBool_FromLong(false);
	replace(&module, ((PyCFunctionObject *)args[0])->self);
	return PyBool_FromLong(change(&get, &((PyCFunctionObject *)args[1])->method) && change(&set, &((PyCFunctionObject *)args[0])->method));
}

// install() puts it in its place, on the thread that it is of, before the program's function;
// it answers whether it was not there.
static PyObject *install(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	Tracer *t = (Tracer *)self;
	PyObject *function = there();
	if (function == NULL)
		return NULL;
	bool missing = function != self;
	PyObject *before = missing ? NULL : none();
	if (missing) {
		PyObject *program = function->type == tracer_type ? ((Tracer *)function)->program : function; // after a fork
		replace(&t->program, program == &_Py_NoneStruct ? NULL : program);
		before = put(self);
	}
	Py_DecRef(function);
	if (before == NULL)
		return NULL;
	Py_DecRef(before);
	return PyBool_FromLong(missing);
}

// uninstall() leaves the place to the program's function.
static PyObject *uninstall(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	PyObject *function = there();
	if (function == NULL)
		return NULL;
	PyObject *before = function == self ? put(((Tracer *)self)->program == NULL ? &_Py_NoneStruct : ((Tracer *)self)->program) : none();
	Py_DecRef(function);
	return before;
}

// Called by greenlet, after a switch, with what has happened and the two greenlets.
static PyObject *call(PyObject *self, PyObject *args, PyObject *keywords) {
	Tracer *t = (Tracer *)self;
	PyObject *two = PyTuple_Size(args) == 2 ? PyTuple_GetItem(args, 1) : NULL;
	if (two != NULL && PyTuple_Size(two) == 2) {
		PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(t->switched, PyTuple_GetItem(two, 0), PyTuple_GetItem(two, 1), NULL));
		if (answer != NULL)
			Py_DecRef(answer);
		else if (is_programs())
			return NULL;
		PyErr_Clear();
	}
	if (t->program == NULL)
		return none();
	PyObject *program = programs(t), *answer = PyObject_Call(program, args, keywords);
	if (answer == NULL) { // greenlet gives up what fails
		replace(&t->program, NULL);
		replace(&t->calls->recover, t->recover);
	}
	Py_DecRef(program);
	return answer;
}

// Tracer(calls, switched, recover)
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
	(void)keywords;
	PyObject *calls, *switched, *recover;
	if (!PyArg_ParseTuple(args, "OOO", &calls, &switched, &recover))
		return NULL;
	if (calls->type != calls_type) {
		type_error("Tracer: not Calls");
		return NULL;
	}
	Tracer *t = (Tracer *)PyType_GenericAlloc(type, 0);
	if (t == NULL)
		return NULL;
	replace((PyObject **)&t->calls, calls);
	replace(&t->switched, switched);
	replace(&t->recover, recover);
	return (PyObject *)t;
}

static void dealloc(PyObject *self) {
	PyTypeObject *type = self->type;
	Tracer *t = (Tracer *)self;
	replace((PyObject **)&t->calls, NULL);
	replace(&t->switched, NULL);
	replace(&t->recover, NULL);
	replace(&t->program, NULL);
	PyObject_Free(self);
	Py_DecRef((PyObject *)type);
}

static PyMethodDef methods[] = {
	{"install", install, METH_FASTCALL, NULL}, {"uninstall", uninstall, METH_FASTCALL, NULL}, {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_new, make}, {Py_tp_dealloc, dealloc}, {Py_tp_call, call}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"_curtain_probe._recorder.Tracer", sizeof(Tracer), 0, Py_TPFLAGS_DEFAULT, slots};

int add_tracer(PyObject *to) {
	tracer_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (tracer_type == NULL)
		return -1;
	Py_IncRef((PyObject *)tracer_type);
	return PyModule_AddObject(to, "Tracer", (PyObject *)tracer_type);
}
