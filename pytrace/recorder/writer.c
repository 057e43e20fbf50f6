// SPDX-License-Identifier: Apache-2.0
//
// Writer: see writer.py, whose functions these are.

#include "recorder.h"

PyTypeObject *writer_type;

// Reads arguments, each a number that fits into its place.
static bool numbers(PyObject *const *args, Py_ssize_t count, uint64_t *to) {
	for (Py_ssize_t i = 0; i < count; i++)
		to[i] = PyLong_AsUnsignedLongLongMask(args[i]);
	return !PyErr_Occurred();
}

// put(what, site, a, b[, same]) appends a record of this moment, or of the same moment as the
// one before.
static PyObject *put(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	enum { WHAT, SITE, A, B, SAME };
	Writer *w = (Writer *)self;
	uint64_t v[4];
	bool same = count == 5 && args[SAME] == &_Py_TrueStruct;
	if (count != 4 && !same && (count != 5 || args[SAME] != &_Py_FalseStruct)) {
		type_error("put: wrong arguments");
		return NULL;
	}
	if (!numbers(args, 4, v))
		return NULL;
	append_at(w, same ? w->slots[(w->count - 1) & w->mask].time : monotonic_ns(), v[WHAT], v[SITE], v[A], v[B]);
	return none();
}

static PyObject *stop(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	((Writer *)self)->open = false;
	return none();
}

static PyObject *go(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	((Writer *)self)->open = true;
	return none();
}

// No record is ever left half-written.
static PyObject *reset(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self, (void)args, (void)count;
	return none();
}

// Goes to a ring in another memory, whose number of records is a power of two.
static bool set_ring(Writer *w, PyObject *memory, uint64_t offset, uint64_t records) {
	Py_buffer into;
	if (PyObject_GetBuffer(memory, &into, PyBUF_WRITABLE) < 0)
		return false;
	uint64_t size = (uint64_t)into.len;
	if (offset < LAYOUT + 8 || offset % 8 != 0 || records < 1 || (records & (records - 1)) != 0 ||
	    records > size / RECORD_SIZE || offset > size - records * RECORD_SIZE) {
		PyErr_SetString(PyExc_ValueError, "Writer: the ring does not fit into the memory");
		PyBuffer_Release(&into);
		return false;
	}
	w->memory = into;
	w->commit = (uint64_t *)((char *)into.buf + COMMIT);
	w->slots = (Record *)((char *)into.buf + offset);
	w->mask = records - 1;
	return true;
}

// move(memory, offset, records, layout): goes on in a ring elsewhere in the file, which is as
// large or larger, and takes along what is in this one. layout is where readers find its place, but
// for the oldest record's number, which is filled in.
static PyObject *move(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	enum { OFFSET, RECORDS, PLACE };
	Writer *w = (Writer *)self, old = *w;
	uint64_t v[3];
	if (count != 4) {
		type_error("move: wrong number of arguments");
		return NULL;
	}
	if (!numbers(args + 1, 3, v))
		return NULL;
	if (!set_ring(w, args[0], v[OFFSET], v[RECORDS]))
		return NULL;
	if (w->mask < old.mask || v[PLACE] % 8 != 0 || v[PLACE] > (uint64_t)w->memory.len - 40) {
		PyErr_SetString(PyExc_ValueError, "move: the ring is smaller, or its layout does not fit into the memory");
		PyBuffer_Release(&w->memory);
		*w = old;
		return NULL;
	}
	if (w->count > old.mask && w->count - old.mask - 1 > w->first)
		w->first = w->count - old.mask - 1;
	if (w->mask != old.mask)
		for (uint64_t i = w->first; i < w->count; i++)
			w->slots[i & w->mask] = old.slots[i & old.mask];
	char *start = w->memory.buf;
	((uint64_t *)(start + v[PLACE]))[4] = w->first;
	__atomic_store_n((uint64_t *)(start + LAYOUT), v[PLACE], __ATOMIC_RELEASE);
	PyBuffer_Release(&old.memory);
	return none();
}

// Writer(memory, offset, records): of a mapped file, its ring and the number of its records.
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
	(void)keywords;
	PyObject *memory;
	Py_ssize_t offset, records;
	if (!PyArg_ParseTuple(args, "Onn", &memory, &offset, &records))
		return NULL;
	Writer *w = (Writer *)PyType_GenericAlloc(type, 0);
	if (w == NULL)
		return NULL;
	if (!set_ring(w, memory, (uint64_t)offset, (uint64_t)records)) {
		Py_DecRef((PyObject *)w);
		return NULL;
	}
	w->count = *w->commit;
	w->open = true;
	return (PyObject *)w;
}

static void dealloc(PyObject *self) {
	PyTypeObject *type = self->type;
	PyBuffer_Release(&((Writer *)self)->memory);
	PyObject_Free(self);
	Py_DecRef((PyObject *)type);
}

static PyMethodDef methods[] = {
	{"put", put, METH_FASTCALL, NULL},
	{"stop", stop, METH_FASTCALL, NULL},         {"go", go, METH_FASTCALL, NULL},
	{"reset", reset, METH_FASTCALL, NULL},       {"move", move, METH_FASTCALL, NULL},
	{NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
	{Py_tp_new, make}, {Py_tp_dealloc, dealloc}, {Py_tp_methods, methods}, {0, NULL},
};

static PyType_Spec spec = {"_curtain_probe._recorder.Writer", sizeof(Writer), 0, Py_TPFLAGS_DEFAULT, slots};

int add_writer(PyObject *module) {
	writer_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (writer_type == NULL)
		return -1;
	Py_IncRef((PyObject *)writer_type);
	return PyModule_AddObject(module, "Writer", (PyObject *)writer_type);
}
