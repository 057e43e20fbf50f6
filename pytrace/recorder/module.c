// SPDX-License-Identifier: Apache-2.0
//
// The module _curtain_probe._recorder.

#include "calls.h"
#include "suspensions.h"
#include "tasks.h"

static PyObject *interpreter; // its sys.modules

// configure_calls(types, has_resume, disable, find_thread): what shows as a call of C;
// whether code begins with RESUME; sys.monitoring.DISABLE; what makes the Calls of
// the current thread.
static PyObject *configure_calls(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	enum { MOST = sizeof c_types / sizeof *c_types - 1 };
	if (count != 4 || PyTuple_Size(args[0]) > MOST) {
		type_error("configure_calls: wrong arguments");
		return NULL;
	}
	for (Py_ssize_t i = 0; i < PyTuple_Size(args[0]); i++)
		c_types[i] = (PyTypeObject *)PyTuple_GetItem(args[0], i);
	has_resume = args[1] == &_Py_TrueStruct;
	for (int i = 0; i < 4; i++)
		Py_IncRef(args[i]); // for good
	disable = args[2];
	find_thread = args[3];
	return none();
}

// learn(type): a class of asyncio's whose objects the hooks look into.
static PyObject *learn(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	if (count == 1 && PyType_IsSubtype(args[0]->type, &PyType_Type))
		find_ways((PyTypeObject *)args[0]);
	return none();
}

// task_number(name): N of a new task that asyncio has called Task-N, 0 of others.
static PyObject *task_number(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	return PyLong_FromLongLong(count == 1 ? default_number(args[0]) : 0);
}

// monotonic_ns(), time_ns(): what those of Python's time tell, whatever the program has put in their place.
static PyObject *tell_monotonic_ns(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self, (void)args, (void)count;
	return PyLong_FromLongLong((long long)monotonic_ns());
}

static PyObject *tell_time_ns(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self, (void)args, (void)count;
	return PyLong_FromLongLong((long long)clock_ns(CLOCK_REALTIME_));
}

// forked(): other threads are gone, and this one begins anew.
static PyObject *forked(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self, (void)args, (void)count;
	forget_threads();
	return none();
}

// is_mine(): whether this is the interpreter that has it. What is kept here is one
// interpreter's, and Python may hand the module to a second one without asking.
static PyObject *is_mine(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self, (void)args, (void)count;
	return PyBool_FromLong(interpreter == PyImport_GetModuleDict());
}

static PyMethodDef functions[] = {
	{"configure_calls", configure_calls, METH_FASTCALL, NULL},
	{"configure_awaits", configure_awaits, METH_FASTCALL, NULL},
	{"is_mine", is_mine, METH_FASTCALL, NULL},
	{"learn", learn, METH_FASTCALL, NULL},
	{"interrupt_waits", interrupt_waits, METH_FASTCALL, NULL},
	{"watch_greenlets", watch_greenlets, METH_FASTCALL, NULL},
	{"watch_init", watch_init, METH_FASTCALL, NULL},
	{"watch", watch, METH_FASTCALL, NULL},
	{"watch_method", watch_method, METH_FASTCALL, NULL},
	{"watch_python", watch_python, METH_FASTCALL, NULL},
	{"monotonic_ns", tell_monotonic_ns, METH_FASTCALL, NULL},
	{"time_ns", tell_time_ns, METH_FASTCALL, NULL},
	{"task_number", task_number, METH_FASTCALL, NULL},
	{"forked", forked, METH_FASTCALL, NULL},
	{"PY_START", py_start, METH_FASTCALL, NULL},
	{"PY_RESUME", py_resume, METH_FASTCALL, NULL},
	{"PY_THROW", py_resume, METH_FASTCALL, NULL},
	{"PY_RETURN", py_return, METH_FASTCALL, NULL},
	{"PY_YIELD", py_yield, METH_FASTCALL, NULL},
	{"PY_UNWIND", py_unwind, METH_FASTCALL, NULL},
	{"CALL", py_call, METH_FASTCALL, NULL},
	{"C_RETURN", c_return, METH_FASTCALL, NULL},
	{"C_RAISE", c_raise, METH_FASTCALL, NULL},
	{"LINE", py_line, METH_FASTCALL, NULL},
	{NULL, NULL, 0, NULL},
};

static PyModuleDef module = {
	.head = {1, NULL}, .name = "_recorder", .size = -1, .methods = functions,
};

__attribute__((visibility("default"))) PyObject *PyInit__recorder(void) {
	if (interpreter == NULL)
		interpreter = PyImport_GetModuleDict();
	PyObject *made = PyModule_Create2(&module, PYTHON_ABI_VERSION);
	if (made == NULL)
		return NULL;
	if (add_names() < 0 || add_writer(made) < 0 || add_numbers(made) < 0 || add_tasks(made) < 0 || add_calls(made) < 0 || add_slot(made) < 0 ||
	    add_standins(made) < 0 || add_tracer(made) < 0) {
		Py_DecRef(made);
		return NULL;
	}
	return made;
}
