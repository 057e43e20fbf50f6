// SPDX-License-Identifier: Apache-2.0

#ifndef CURTAIN_METHODS_H
#define CURTAIN_METHODS_H

#include "recorder.h"

#define FUNCTION(f) ((Function)(void (*)(void))(f))

// A Method is a function of Python's or of a library's that is C and calls another one.
typedef struct {
	const char *name;
	Function function; // what is called instead
	int flags;         // the way to call both
	PyMethodDef original, changed;
	PyObject *hook; // what a method calls with its object
} Method;

// Changes what an object calls; answers whether that is what is known here.
bool change(Method *m, PyMethodDef **place);

#endif
