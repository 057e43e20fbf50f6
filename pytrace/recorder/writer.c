// SPDX-License-Identifier: Apache-2.0
//
// Writer: see writer.py, whose functions these are.

#include "recorder.h"

PyTypeObject *writer_type;

// Reads all arguments, each a number that fits into its place.
static bool numbers(PyObject *const *args, Py_ssize_t count, Py_ssize_t wanted, uint64_t *to) {
	if (count != wanted)
		return type_error("put: wrong number of arguments");
	for (Py_ssize_t i = 0; i < count; i++)
		to[i] = PyLong_AsUnsignedLongLongMask(args[i]);
	return !PyErr_Occurred();
}

#define ARGUMENTS(n)                     \
	Writer *w = (Writer *)self;          \
	uint64_t v[n];                       \
	if (!numbers(args, count, n, v))     \
		return NULL;                     \
	uint64_t now = monotonic_ns()

static PyObject *put(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(4);
	append_at(w, now, v[0], v[1], v[2], v[3]);
	return none();
}

static PyObject *put2(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(8);
	append_at(w, now, v[0], v[1], v[2], v[3]);
	append_at(w, now, v[4], v[5], v[6], v[7]);
	return none();
}

static PyObject *put_next(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(4);
	append_at(w, now, v[0], 0, v[1], 0);
	append_at(w, now, v[2], 0, v[3], 0);
	return none();
}

static PyObject *put_fact(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(7);
	append_at(w, now, v[0], v[1], v[2], v[3]);
	append_at(w, now, v[4], 0, v[2], 0);
	if (v[5])
		append_at(w, now, v[5], 0, v[6], 0);
	return none();
}

static PyObject *put_facts(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(10);
	append_at(w, now, v[0], v[1], v[2], v[3]);
	append_at(w, now, v[4], v[5], v[2], v[6]);
	append_at(w, now, v[7], 0, v[2], 0);
	if (v[8])
		append_at(w, now, v[8], 0, v[9], 0);
	return none();
}

static PyObject *put_turn(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(9);
	append_at(w, now, v[0], 0, v[1], 0);
	append_at(w, now, v[2], 0, v[3], 0);
	append_at(w, now, v[4], 0, v[5], v[6]);
	append_at(w, now, v[7], 0, v[8], 0);
	return none();
}

// Nothing is gained by waiting here.
static PyObject *put_late(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(2);
	append_at(w, now, v[0], 0, v[1], 0);
	return none();
}

static PyObject *put_call(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	ARGUMENTS(1);
	append_at(w, now, (uint32_t)v[0], v[0] >> 32, 0, 0);
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
	if (!numbers(args + 1, 3, 3, v))
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
	{"put", put, METH_FASTCALL, NULL},           {"put2", put2, METH_FASTCALL, NULL},
	{"put_next", put_next, METH_FASTCALL, NULL}, {"put_fact", put_fact, METH_FASTCALL, NULL},
	{"put_facts", put_facts, METH_FASTCALL, NULL}, {"put_turn", put_turn, METH_FASTCALL, NULL},
	{"put_late", put_late, METH_FASTCALL, NULL}, {"put_call", put_call, METH_FASTCALL, NULL},
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
