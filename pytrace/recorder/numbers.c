// SPDX-License-Identifier: Apache-2.0
//
// Numbers: a dict of numbers by addresses, for code in C and in Python. It has of
// dict's methods what tasks.py uses.

#include "recorder.h"

PyTypeObject *numbers_type;

static bool key_of(PyObject *key, uint64_t *address) {
	*address = PyLong_AsUnsignedLongLongMask(key);
	return *address != 0 && !PyErr_Occurred();
}

static PyObject *value_or(PyObject *const *args, Py_ssize_t count, bool found, uint64_t value) {
	if (found)
		return PyLong_FromLongLong((int64_t)value);
	if (PyErr_Occurred())
		return NULL;
	PyObject *otherwise = count > 1 ? args[1] : &_Py_NoneStruct;
	Py_IncRef(otherwise);
	return otherwise;
}

// get(address[, otherwise])
static PyObject *get(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	uint64_t key, value = 0;
	bool found = count > 0 && key_of(args[0], &key) && table_get(&((Numbers *)self)->table, key, 0, &value);
	return value_or(args, count, found, value);
}

// pop(address[, otherwise])
static PyObject *pop(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	uint64_t key, value = 0;
	bool found = count > 0 && key_of(args[0], &key) && table_take(&((Numbers *)self)->table, key, 0, &value);
	return value_or(args, count, found, value);
}

static PyObject *clear(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	table_clear(&((Numbers *)self)->table);
	return none();
}

static Py_ssize_t length(PyObject *self) { return (Py_ssize_t)((Numbers *)self)->table.used; }

static int set(PyObject *self, PyObject *key, PyObject *value) {
	uint64_t address;
	if (value == NULL) {
		type_error("Numbers: use pop");
		return -1;
	}
	uint64_t number = PyLong_AsUnsignedLongLongMask(value);
	if (!PyErr_Occurred() && key_of(key, &address))
		table_set(&((Numbers *)self)->table, address, 0, number);
	return PyErr_Occurred() ? -1 : 0;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
	(void)args, (void)keywords;
	return PyType_GenericAlloc(type, 0);
}

static void dealloc(PyObject *self) {
	PyTypeObject *type = self->type;
	table_clear(&((Numbers *)self)->table);
	PyObject_Free(self);
	Py_DecRef((PyObject *)type);
}

static PyMethodDef methods[] = {
	{"get", get, METH_FASTCALL, NULL},
	{"pop", pop, METH_FASTCALL, NULL},
	{"clear", clear, METH_FASTCALL, NULL},
	{NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
	{Py_tp_new, make}, {Py_tp_dealloc, dealloc}, {Py_tp_methods, methods}, {Py_mp_length, length}, {Py_mp_ass_subscript, set}, {0, NULL},
};
static PyType_Spec spec = {"_curtain_probe._recorder.Numbers", sizeof(Numbers), 0, Py_TPFLAGS_DEFAULT, slots};

int add_numbers(PyObject *module) {
	numbers_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (numbers_type == NULL)
		return -1;
	Py_IncRef((PyObject *)numbers_type);
	return PyModule_AddObject(module, "Numbers", (PyObject *)numbers_type);
}
