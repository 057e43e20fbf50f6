// SPDX-License-Identifier: Apache-2.0
//
// What the recorder uses of CPython, declared here rather than taken from Python.h:
// one shared object serves 3.8 to 3.14, and to build it needs no Python.
//
// Nearly all of it is the stable ABI (docs.python.org/3/c-api/stable.html). What is
// not says so; tests run it on each version.

#ifndef CURTAIN_PYTHON_H
#define CURTAIN_PYTHON_H

#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t Py_ssize_t;
typedef struct PyObject {
	Py_ssize_t references;
	struct PyTypeObject *type;
} PyObject;
typedef struct PyTypeObject {
	PyObject head;
	Py_ssize_t size;
	// Not stable ABI, the same since 3.8.
	const char *name;
	Py_ssize_t basic_size, item_size;
	void *dealloc;
	Py_ssize_t vectorcall_offset;
	void *getattr, *setattr, *as_async, *repr, *as_number, *as_sequence, *as_mapping, *hash, *call, *str, *getattro, *setattro, *as_buffer;
	unsigned long flags;
	void *others[26];
	unsigned version_tag;
} PyTypeObject;
_Static_assert(offsetof(PyTypeObject, flags) == 168 && offsetof(PyTypeObject, version_tag) == 384, "the form of types");
enum { TAG_IS_VALID = 1 << 19 };

typedef PyObject *(*Function)(PyObject *self, PyObject *const *args, Py_ssize_t count);
typedef struct {
	const char *name;
	Function function;
	int flags;
	const char *doc;
} PyMethodDef;
enum { METH_VARARGS = 1, METH_COEXIST = 0x40, METH_KEYWORDS = 2, METH_NOARGS = 4, METH_O = 8, METH_FASTCALL = 0x80 }; // stable since 3.10, the same since 3.7

typedef struct {
	int slot;
	void *value;
} PyType_Slot;
typedef struct {
	const char *name;
	int size, item_size;
	unsigned flags;
	PyType_Slot *slots;
} PyType_Spec;
typedef struct {
	const char *name;
	int type;
	Py_ssize_t offset;
	int flags;
	const char *doc;
} PyMemberDef;
enum { T_OBJECT = 6, T_BOOL = 14, T_OBJECT_EX = 16, T_LONGLONG = 17 };
typedef struct {
	const char *name;
	PyObject *(*get)(PyObject *, void *);
	void *set;
	const char *doc;
	void *closure;
} PyGetSetDef;
enum { Py_mp_ass_subscript = 3, Py_mp_length = 4, Py_tp_call = 50, Py_tp_dealloc = 52, Py_tp_init = 60, Py_tp_methods = 64, Py_tp_new = 65, Py_tp_members = 72, Py_tp_free = 74 };
enum { Py_TPFLAGS_DEFAULT = 1 << 18, Py_TPFLAGS_BASETYPE = 1 << 10 };

typedef struct {
	PyObject head;
	void *init;
	Py_ssize_t index;
	void *copy;
	const char *name, *doc;
	Py_ssize_t size;
	PyMethodDef *methods;
	void *slots, *traverse, *clear, *free;
} PyModuleDef;
enum { PYTHON_ABI_VERSION = 3 };

typedef struct {
	void *buf;
	PyObject *obj;
	Py_ssize_t len, itemsize;
	int readonly, ndim;
	char *format;
	Py_ssize_t *shape, *strides, *suboffsets;
	void *internal;
} Py_buffer; // stable since 3.11, the same since 3.3
enum { PyBUF_WRITABLE = 1 };

// A function written in C; not stable ABI, the same since 3.8.
typedef struct {
	PyObject head;
	PyMethodDef *method;
	PyObject *self;
} PyCFunctionObject;

// A method of a class written in C; not stable ABI, the same since 3.8.
typedef struct {
	PyObject head;
	PyTypeObject *of;
	PyObject *name, *qualified_name;
	PyMethodDef *method;
	void *vectorcall;
} PyMethodDescrObject;

// A method that is bound; not stable ABI, the same since 3.8.
typedef struct {
	PyObject head;
	PyObject *function, *self;
} PyMethodObject;

// What stands for a coroutine or a generator that is awaited; not stable ABI, the same
// since 3.8.
typedef struct {
	PyObject head;
	PyObject *held;
} StandIn;

// What a frame of 3.8 begins with, which has no PyFrame_GetCode.
typedef struct {
	PyObject head;
	Py_ssize_t size;
	PyObject *back, *code;
} Frame38;

typedef int (*Py_tracefunc)(PyObject *self, PyObject *frame, int event, PyObject *arg);
enum { PyTrace_CALL, PyTrace_EXCEPTION, PyTrace_LINE, PyTrace_RETURN, PyTrace_C_CALL, PyTrace_C_EXCEPTION, PyTrace_C_RETURN };

extern PyObject _Py_EllipsisObject, _Py_FalseStruct, _Py_NoneStruct, _Py_TrueStruct;
extern PyObject *PyExc_Exception, *PyExc_RecursionError, *PyExc_TypeError, *PyExc_ValueError;
extern PyTypeObject PyAsyncGen_Type, PyCFunction_Type, PyCoro_Type, PyFunction_Type, PyGen_Type, PyGetSetDescr_Type, PyMemberDescr_Type, PyMethod_Type,
	PyMethodDescr_Type, PyModule_Type, PyType_Type, PyUnicode_Type,
	PyWrapperDescr_Type;

void Py_IncRef(PyObject *);
void Py_DecRef(PyObject *);
PyObject *PyErr_Occurred(void);
void PyErr_Clear(void);
void PyErr_Fetch(PyObject **, PyObject **, PyObject **);
void PyErr_Restore(PyObject *, PyObject *, PyObject *);
int PyErr_ExceptionMatches(PyObject *);
void PyErr_SetString(PyObject *, const char *);
unsigned long long PyLong_AsUnsignedLongLongMask(PyObject *);
PyObject *PyBool_FromLong(long);
PyObject *PyLong_FromLongLong(long long);
PyObject *PyLong_FromUnsignedLongLong(unsigned long long);
double PyFloat_AsDouble(PyObject *);
void *PyMem_RawRealloc(void *, size_t);
void PyMem_RawFree(void *);
void PyObject_Free(void *);
PyObject *PyObject_GetAttrString(PyObject *, const char *);
PyObject *PyObject_GetAttr(PyObject *, PyObject *);
PyObject *PyObject_GenericGetDict(PyObject *, void *); // stable since 3.10
int PyObject_IsTrue(PyObject *);
Py_ssize_t PyObject_Size(PyObject *);
Py_ssize_t PyObject_Hash(PyObject *);
PyObject *PyObject_GetItem(PyObject *, PyObject *);
PyObject *PyObject_Call(PyObject *, PyObject *, PyObject *);
PyObject *PyObject_CallFunction(PyObject *, const char *, ...);
PyObject *PyObject_CallFunctionObjArgs(PyObject *, ...);
PyObject *PyObject_CallMethodObjArgs(PyObject *, PyObject *, ...);
PyObject *PyObject_CallMethod(PyObject *, const char *, const char *, ...);
int PyObject_GetBuffer(PyObject *, Py_buffer *, int);
void PyBuffer_Release(Py_buffer *);
int PyBytes_AsStringAndSize(PyObject *, char **, Py_ssize_t *);
int PyUnicode_CompareWithASCIIString(PyObject *, const char *);
int PyArg_ParseTuple(PyObject *, const char *, ...);
PyObject *PyTuple_New(Py_ssize_t);
int PyTuple_SetItem(PyObject *, Py_ssize_t, PyObject *);
PyObject *PyDict_New(void);
int PyDict_SetItem(PyObject *, PyObject *, PyObject *);
PyObject *PyTuple_GetItem(PyObject *, Py_ssize_t);
Py_ssize_t PyTuple_Size(PyObject *);
PyObject *PyList_GetItem(PyObject *, Py_ssize_t);
Py_ssize_t PyList_Size(PyObject *);
PyObject *PyDict_GetItemString(PyObject *, const char *);
PyObject *PyDict_GetItemWithError(PyObject *, PyObject *);
PyObject *PyUnicode_InternFromString(const char *);
int PyType_IsSubtype(PyTypeObject *, PyTypeObject *);
void *PyType_GetSlot(PyTypeObject *, int);
PyObject *PyType_FromSpec(PyType_Spec *);
PyObject *PyType_GenericAlloc(PyTypeObject *, Py_ssize_t);
PyObject *PyModule_Create2(PyModuleDef *, int);
int PyModule_AddObject(PyObject *, const char *, PyObject *);
PyObject *PyImport_GetModuleDict(void);
PyObject *PyEval_GetFrame(void);
unsigned long PyThread_get_thread_ident(void);
void *PyThreadState_Get(void);

// Not stable ABI, the same since 3.8.
int _PyObject_GetMethod(PyObject *, PyObject *, PyObject **);
void PyEval_SetProfile(Py_tracefunc, PyObject *);
void PyEval_SetTrace(Py_tracefunc, PyObject *);
int PyFrame_GetLineNumber(PyObject *);
const char *PyUnicode_AsUTF8AndSize(PyObject *, Py_ssize_t *); // stable since 3.10
#define WEAK __attribute__((weak))
#define PY_VECTORCALL_ARGUMENTS_OFFSET ((size_t)1 << 63)
WEAK void PyThreadState_EnterTracing(void *); // since 3.11
WEAK void PyThreadState_LeaveTracing(void *); // since 3.11
WEAK PyObject *PyObject_Vectorcall(PyObject *, PyObject *const *, size_t, PyObject *); // since 3.9
WEAK PyObject *PyObject_VectorcallMethod(PyObject *, PyObject *const *, size_t, PyObject *); // since 3.9
WEAK PyObject *PyFrame_GetCode(PyObject *); // since 3.9
WEAK PyObject *PyFrame_GetBack(PyObject *); // since 3.9
WEAK int PyFrame_GetLasti(PyObject *);      // since 3.11

static inline PyObject *none(void) {
	Py_IncRef(&_Py_NoneStruct);
	return &_Py_NoneStruct;
}

#endif
