// SPDX-License-Identifier: Apache-2.0
//
// Keeps a fault of Python 3.11 from hanging a program. A thread with a function in the
// slot of sys.setprofile or sys.settrace that calls a function while a signal is pending
// asks again and again whether to handle it, which only the main thread can. That one is
// woken by the signal, unless it waits for a lock and signal.siginterrupt has said that
// waits are to go on, as asyncio does for its handlers: then both wait for ever. So what
// siginterrupt says is left out; it is left to Python to go on with what was
// interrupted, which it does (PEP 475).

#include "tasks.h"

static PyMethodDef original, interrupting;

static PyObject *siginterrupt(PyObject *module, PyObject *const *args, Py_ssize_t count) {
	PyObject *changed[] = {count > 0 ? args[0] : NULL, &_Py_TrueStruct};
	return original.function(module, count == 2 ? changed : args, count);
}

// interrupt_waits(siginterrupt) has signals interrupt what waits, whatever the program
// asks that function for from now on; it answers whether that can be done.
PyObject *interrupt_waits(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)self;
	if (count != 1 || args[0]->type != &PyCFunction_Type)
		return PyBool_FromLong(false);
	PyCFunctionObject *function = (PyCFunctionObject *)args[0];
	if (function->method != &interrupting) {
		if (original.function != NULL || function->method->flags != METH_FASTCALL)
			return PyBool_FromLong(false);
		original = interrupting = *function->method;
		interrupting.function = siginterrupt;
		function->method = &interrupting;
	}
	return PyBool_FromLong(true);
}
