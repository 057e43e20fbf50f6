// SPDX-License-Identifier: Apache-2.0

#ifndef CURTAIN_TASKS_H
#define CURTAIN_TASKS_H

#include "frame.h"

#define SLEEP (1ll << 62) // in a handle's number: its callback ends an asyncio.sleep

// Tasks is the state of level loop on one thread: what tasks.py calls the same. The
// members that are objects are NULL or None until they are set.
typedef struct {
	PyObject head;
	Writer *writer;
	Numbers *handles, *tasks, *futures, *sleeps;

	int64_t last_handle, last_future, turn_number, loops, current, eager_task, timer, woken, open_turn, running;
	char yielded, over, polling, deep;
	PyObject *turning, *quick, *stepping, *outer, *many;

	// What is asyncio's: see classes.py.
	PyObject *events, *step_type, *wakeup_type, *Task, *Future, *run_code, *loop_time, *end_sleep, *py_step, *py_wakeup;
	PyObject *own_call_soon, *own_check_closed;
	uint64_t loop_version; // of the loop's class when it had those
	// Functions of tasks.py that do all the work when it is not done here.
	PyObject *run_slowly, *turn_slowly, *turn_end_slowly, *polled_slowly, *soon_slowly, *after_slowly, *call_at_slowly, *cancel_slowly;
	// Functions that find out what is then remembered here; turn_end and run_end, which are this
	// object's own; what sees to it after each turn that calls are still told.
	PyObject *kind_of, *of_frame, *user_site, *code_site, *label, *wait_of, *length, *turn_end, *run_end, *check;

	Table users;       // sites of the user's places, by code and instruction
	Table kinds;       // whose a code is
	Table definitions; // sites, by code
	Table labels;      // strings, by the hashes of names
	Table waits;       // what wait_of says, by the code that waits, for a plain future
} Tasks;

// Whose a code is, as in sites.py. STOP is for what runs callbacks.
enum { USER, MACHINERY, PROBE, STOP };

// Those that answer with bool answer false after an exception.

// sites.c
bool user_site(Tasks *t, PyObject *frame, uint32_t *site);
bool code_site(Tasks *t, PyObject *code, uint32_t *site);
bool kind_of(Tasks *t, PyObject *code, uint64_t *kind);
bool place_of(Tasks *t, PyObject *task, uint32_t *site, PyObject **inner);
PyObject *caller(void);
PyObject *code_of_task(PyObject *task);
bool label_of_task(Tasks *t, PyObject *task, uint64_t *label);
void forget_places(Tasks *t);

// steps.c
bool is_programs(void);
bool is_true(PyObject *object, Name *name, bool *yes);
bool is_task(Tasks *t, PyObject *object);
enum { PENDING, CANCELLED, FINISHED };
bool state_of(PyObject *future, int *state);
int64_t number_of(Numbers *numbers, PyObject *object);
void set_number(Numbers *numbers, PyObject *object, int64_t number);
int64_t take_number(Numbers *numbers, PyObject *object);
PyObject *run(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *end_run(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *run_once(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *end_turn(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *process_events(PyObject *self, PyObject *const *args, Py_ssize_t count);

// scheduling.c
int64_t default_number(PyObject *name);
PyObject *call_soon(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *call_at(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *cancel(PyObject *self, PyObject *const *args, Py_ssize_t count);

// standins.c
PyObject *watch(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *watch_python(PyObject *self, PyObject *const *args, Py_ssize_t count);

// methods.c
PyObject *watch_method(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *watch_init(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *interrupt_waits(PyObject *self, PyObject *const *args, Py_ssize_t count);

#endif
