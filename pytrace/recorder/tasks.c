// SPDX-License-Identifier: Apache-2.0
//
// Tasks, as Python sees it: its methods are hooks, its attributes the state that it
// shares with tasks.py.

#include "tasks.h"

PyTypeObject *tasks_type;

#define NUMBER(name) {#name, T_LONGLONG, offsetof(Tasks, name), 0, NULL},
#define TRUTH(name) {#name, T_BOOL, offsetof(Tasks, name), 0, NULL},
#define OBJECT(name) {#name, T_OBJECT, offsetof(Tasks, name), 0, NULL},

static PyMemberDef members[] = {
	NUMBERS(NUMBER) TRUTHS(TRUTH) TABLES(OBJECT) OBJECTS(OBJECT) CLASSES(OBJECT) FUNCTIONS(OBJECT) {NULL, 0, 0, 0, NULL},
};

// Tasks(writer, handles): of one thread. All other members are to be set before a hook is called.
// tasks.py derives its class from this one.
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
	(void)keywords;
	PyObject *writer, *handles;
	if (!PyArg_ParseTuple(args, "OO", &writer, &handles))
		return NULL;
	if (writer->type != writer_type || handles->type != numbers_type) {
		type_error("Tasks: not a Writer and Numbers");
		return NULL;
	}
	Tasks *t = (Tasks *)PyType_GenericAlloc(type, 0);
	if (t == NULL)
		return NULL;
	tasks_type = type; // that of all
	replace((PyObject **)&t->writer, writer);
	replace((PyObject **)&t->handles, handles);
	t->tasks = (Numbers *)PyType_GenericAlloc(numbers_type, 0);
	t->futures = (Numbers *)PyType_GenericAlloc(numbers_type, 0);
	t->sleeps = (Numbers *)PyType_GenericAlloc(numbers_type, 0);
	if (t->tasks != NULL && t->futures != NULL && t->sleeps != NULL)
		return (PyObject *)t;
	Py_DecRef((PyObject *)t);
	return NULL;
}

static void dealloc(PyObject *self) {
	PyTypeObject *type = self->type;
	Tasks *t = (Tasks *)self;
	for (PyMemberDef *m = members; m->name != NULL; m++)
		if (m->type == T_OBJECT)
			replace((PyObject **)((char *)self + m->offset), NULL);
	replace((PyObject **)&t->writer, NULL);
	forget_places(t);
	((void (*)(void *))PyType_GetSlot(type, Py_tp_free))(self);
	Py_DecRef((PyObject *)type);
}

// forget() forgets what is known of code: others may get the same addresses.
static PyObject *forget(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	forget_places((Tasks *)self);
	return none();
}

static PyMethodDef methods[] = {
	{"run", run, METH_FASTCALL, NULL},
	{"end_run", end_run, METH_FASTCALL, NULL},
	{"run_once", run_once, METH_FASTCALL, NULL},
	{"end_turn", end_turn, METH_FASTCALL, NULL},
	{"process_events", process_events, METH_FASTCALL, NULL},
	{"call_soon", call_soon, METH_FASTCALL, NULL},
	{"call_at", call_at, METH_FASTCALL, NULL},
	{"cancel", cancel, METH_FASTCALL, NULL},
	{"forget", forget, METH_FASTCALL, NULL},
	{NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
	{Py_tp_new, make}, {Py_tp_dealloc, dealloc}, {Py_tp_methods, methods}, {Py_tp_members, members}, {0, NULL},
};
static PyType_Spec spec = {"_curtain_probe._recorder.Tasks", sizeof(Tasks), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

int add_tasks(PyObject *module) {
	tasks_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (tasks_type == NULL)
		return -1;
	Py_IncRef((PyObject *)tasks_type);
	return PyModule_AddObject(module, "Tasks", (PyObject *)tasks_type);
}
