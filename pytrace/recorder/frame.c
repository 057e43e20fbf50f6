// SPDX-License-Identifier: Apache-2.0
//
// The names of attributes with the ways to them, and what coroutines await.

#include "frame.h"

#define DEFINE(name) Name name_##name;
NAMES(DEFINE)
#undef DEFINE

// What a descriptor of an attribute begins with, and goes on with; not stable ABI, the
// same since 3.8.
typedef struct {
	PyObject head;
	PyTypeObject *owner;
	PyObject *name, *qualified;
	union {
		PyMemberDef *member;
		PyGetSetDef *getset;
	} how;
} Descriptor;

// The descriptor of an attribute in a class, NULL if it has none. The attribute may be one
// that the class has itself, such as its name.
static PyObject *descriptor(PyTypeObject *type, Name *name) {
	PyObject *own = PyObject_GetAttrString((PyObject *)type, "__dict__");
	PyObject *found = own == NULL ? NULL : PyObject_GetItem(own, name->text);
	if (own != NULL)
		Py_DecRef(own);
	PyErr_Clear();
	return found != NULL ? found : PyObject_GetAttr((PyObject *)type, name->text);
}

static bool find_way(PyTypeObject *type, Name *name, Way *way) {
	Descriptor *d = (Descriptor *)descriptor(type, name);
	*way = (Way){type, NULL, NULL, 0};
	if (d == NULL) {
		PyErr_Clear();
		return false;
	}
	if (d->head.type == &PyGetSetDescr_Type) {
		way->get = d->how.getset->get;
		way->closure = d->how.getset->closure;
	} else if (d->head.type == &PyMemberDescr_Type && (d->how.member->type == T_OBJECT || d->how.member->type == T_OBJECT_EX)) {
		way->offset = d->how.member->offset;
	}
	Py_DecRef((PyObject *)d);
	return way->get != NULL || way->offset > 0;
}

static void find_way_to(PyTypeObject *type, Name *name) {
	Way found;
	int i = 0;
	while (i < WAYS && name->ways[i].type != NULL && name->ways[i].type != type)
		i++;
	if (i < WAYS && name->ways[i].type == NULL && find_way(type, name, &found)) {
		Py_IncRef((PyObject *)type);
		name->ways[i] = found;
	}
}

void find_ways(PyTypeObject *type) {
#define FIND(name) find_way_to(type, &name_##name);
	NAMES(FIND)
#undef FIND
}

PyObject *inherited(PyObject *object, Name *name) {
	for (Way *way = name->ways; way < name->ways + WAYS && way->type != NULL; way++)
		if (way->get != NULL && way->type != object->type && PyType_IsSubtype(object->type, way->type))
			return way->get(object, way->closure);
	return PyObject_GetAttr(object, name->text);
}

static PyTypeObject *stand_ins[8]; // ends with NULL

// configure_awaits(types): of what stands for a coroutine or a generator.
PyObject *configure_awaits(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	enum { MOST = sizeof stand_ins / sizeof *stand_ins - 1 };
	if (count != 1 || PyTuple_Size(args[0]) > MOST) {
		type_error("configure_awaits: wrong arguments");
		return NULL;
	}
	Py_IncRef(args[0]); // for good
	for (Py_ssize_t i = 0; i < PyTuple_Size(args[0]); i++)
		stand_ins[i] = (PyTypeObject *)PyTuple_GetItem(args[0], i);
	return none();
}

PyObject *behind(PyObject *awaitable) {
	for (PyTypeObject **type = stand_ins; *type != NULL; type++) {
		if (awaitable->type != *type)
			continue;
		PyObject *held = ((StandIn *)awaitable)->held;
		if (held != NULL)
			Py_IncRef(held);
		return held;
	}
	return NULL;
}

int add_names(void) {
#define INTERN(name)                                                    \
	if ((name_##name.text = PyUnicode_InternFromString(#name)) == NULL) \
		return -1;
	NAMES(INTERN)
#undef INTERN
	find_ways(&PyCoro_Type);
	find_ways(&PyGen_Type);
	find_ways(&PyAsyncGen_Type);
	return 0;
}
