// SPDX-License-Identifier: Apache-2.0
//
// Tasks, as Python sees it: its methods are hooks, its attributes the state that it
// shares with tasks.py.

#include "tasks.h"

PyTypeObject *tasks_type;

#define NUMBER(name) {#name, T_LONGLONG, offsetof(Tasks, name), 0, NULL}
#define TRUTH(name) {#name, T_BOOL, offsetof(Tasks, name), 0, NULL}
#define OBJECT(name) {#name, T_OBJECT, offsetof(Tasks, name), 0, NULL}

static PyMemberDef members[] = {
	OBJECT(handles), OBJECT(tasks), OBJECT(futures), OBJECT(sleeps), OBJECT(many),
	NUMBER(last_handle), NUMBER(last_future), NUMBER(turn_number), NUMBER(loops), NUMBER(current), NUMBER(eager_task),
	NUMBER(timer), NUMBER(woken), NUMBER(open_turn), NUMBER(running),
	TRUTH(yielded), TRUTH(over), TRUTH(polling), TRUTH(deep),
	OBJECT(turning), OBJECT(quick), OBJECT(stepping), OBJECT(outer),
	OBJECT(events), OBJECT(step_type), OBJECT(wakeup_type), OBJECT(Task), OBJECT(Future), OBJECT(run_code), OBJECT(loop_time),
	OBJECT(end_sleep), OBJECT(py_step), OBJECT(py_wakeup), OBJECT(own_call_soon), OBJECT(own_check_closed),
	OBJECT(run_slowly), OBJECT(turn_slowly), OBJECT(turn_end_slowly), OBJECT(polled_slowly), OBJECT(soon_slowly), OBJECT(after_slowly),
	OBJECT(call_at_slowly), OBJECT(cancel_slowly),
	OBJECT(kind_of), OBJECT(of_frame), OBJECT(user_site), OBJECT(code_site), OBJECT(label), OBJECT(wait_of), OBJECT(length), OBJECT(turn_end),
	OBJECT(run_end), OBJECT(check),
	{NULL, 0, 0, 0, NULL},
};

// Tasks(writer, handles): of one thread. All other members are to be set before a hook is called.
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
	PyObject_Free(self);
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
static PyType_Spec spec = {"_curtain_probe._recorder.Tasks", sizeof(Tasks), 0, Py_TPFLAGS_DEFAULT, slots};

int add_tasks(PyObject *module) {
	tasks_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (tasks_type == NULL)
		return -1;
	Py_IncRef((PyObject *)tasks_type);
	return PyModule_AddObject(module, "Tasks", (PyObject *)tasks_type);
}
