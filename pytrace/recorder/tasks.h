// SPDX-License-Identifier: Apache-2.0

#ifndef CURTAIN_TASKS_H
#define CURTAIN_TASKS_H

#include "frame.h"

#define SLEEP (1ll << 62) // in a handle's number: its callback ends an asyncio.sleep

// The fields of Tasks that Python sees, by their type: those that state.py has too, and what it
// says of them; those that are set for this recorder, see tasks.py.
#define NUMBERS(X) \
	X(last_handle) X(last_future) X(turn_number) X(loops) X(current) X(eager_task) X(timer) X(woken) X(open_turn) X(running)
#define TRUTHS(X) X(yielded) X(over) X(polling) X(deep)
#define OBJECTS(X) X(many) X(turning) X(quick) X(stepping) X(outer) X(frame_site) X(user_site) X(code_site)
#define TABLES(X) X(handles) X(tasks) X(futures) X(sleeps)
// What is asyncio's: see classes.py.
#define CLASSES(X) \
	X(events) X(step_type) X(wakeup_type) X(Task) X(Future) X(run_code) X(loop_time) X(end_sleep) X(py_step) X(py_wakeup) \
	X(own_call_soon) X(own_check_closed)
// Functions that do all the work when it is not done here; those that find out what is then
// remembered here; turn_end and run_end, which are this object's own; what sees to it after each
// turn that calls are still told.
#define FUNCTIONS(X) \
	X(run_slowly) X(turn_slowly) X(turn_end_slowly) X(polled_slowly) X(soon_slowly) X(end_step_slowly) X(call_at_slowly) \
	X(cancel_slowly) X(kind_of) X(label) X(wait_of) X(length) X(turn_end) X(run_end) X(check)

// Tasks is the state of level loop on one thread. The fields that are objects are NULL or
// None until they are set.
typedef struct {
	PyObject head;
	Writer *writer;
#define NUMBER(name) int64_t name;
#define TRUTH(name) char name;
#define OBJECT(name) PyObject *name;
#define TABLE(name) Numbers *name;
	NUMBERS(NUMBER) TRUTHS(TRUTH) TABLES(TABLE) OBJECTS(OBJECT) CLASSES(OBJECT) FUNCTIONS(OBJECT)
#undef NUMBER
#undef TRUTH
#undef OBJECT
#undef TABLE
	uint64_t loop_version; // of the loop's class when it had own_call_soon and own_check_closed

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
