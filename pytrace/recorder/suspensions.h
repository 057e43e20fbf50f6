// SPDX-License-Identifier: Apache-2.0

#ifndef CURTAIN_SUSPENSIONS_H
#define CURTAIN_SUSPENSIONS_H

#include "frame.h"

// What is known of code that can be suspended.
typedef struct {
	PyObject *bytes;
	const unsigned char *instructions;
	Py_ssize_t length;
	Py_ssize_t first; // the last instruction that has run when the code begins
} Suspension;

enum { RETURN_GENERATOR = 75, RETURN_VALUE = 83, RESUME = 151 };

extern bool has_resume; // code begins with an instruction RESUME: 3.11

Suspension *find_suspension(Table *suspensions, PyObject *code);
void forget_suspensions(Table *suspensions);

// Looks a code up, by its address. Returns NULL for code that cannot be suspended.
static inline Suspension *suspension_of(Table *suspensions, PyObject *code) {
	uint64_t known;
	return table_get(suspensions, (uint64_t)code, 0, &known) ? (Suspension *)known : find_suspension(suspensions, code);
}

// Whether a frame that hands over a value goes on later: then its last instruction is
// none that returns.
static inline bool is_suspended(Suspension *s, PyObject *frame) {
	if (s == NULL)
		return false;
	long at = last_instruction(frame);
	return at >= 0 && at < s->length && s->instructions[at] != RETURN_VALUE && s->instructions[at] != RETURN_GENERATOR;
}

#endif
