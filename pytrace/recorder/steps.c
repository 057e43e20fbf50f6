// SPDX-License-Identifier: Apache-2.0
//
// The hooks of level loop that run for each callback and each step of a task: what
// steps.py does in the usual cases. In all others, and after any exception, the
// function of steps.py does all of it: so nothing is written and nothing changed
// here before everything is known that can fail.

#include "tasks.h"

// Whether an exception has come up that is the program's, such as that of Ctrl-C.
bool is_programs(void) { return PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_Exception); }

// Leaves something to Python.
static PyObject *slowly(PyObject *function, PyObject *a) {
	if (is_programs())
		return NULL;
	PyErr_Clear();
	return HIDDEN(PyObject_CallFunctionObjArgs(function, a, NULL));
}

bool is_true(PyObject *object, Name *name, bool *yes) {
	PyObject *value = attribute(object, name);
	if (value == NULL)
		return false;
	int truth = PyObject_IsTrue(value);
	Py_DecRef(value);
	*yes = truth > 0;
	return truth >= 0;
}

static bool is_text(PyObject *value, Name *name, const char *text) {
	return value == name->text || PyUnicode_CompareWithASCIIString(value, text) == 0;
}

bool state_of(PyObject *future, int *state) {
	PyObject *value = attribute(future, &name__state);
	if (value == NULL)
		return false;
	*state = is_text(value, &name_FINISHED, "FINISHED") ? FINISHED : is_text(value, &name_PENDING, "PENDING") ? PENDING : CANCELLED;
	Py_DecRef(value);
	return true;
}

bool is_task(Tasks *t, PyObject *object) {
	return (PyObject *)object->type == t->Task || PyType_IsSubtype(object->type, (PyTypeObject *)t->Task);
}

int64_t number_of(Numbers *numbers, PyObject *object) {
	uint64_t number;
	return table_get(&numbers->table, (uint64_t)object, 0, &number) ? (int64_t)number : 0;
}

void set_number(Numbers *numbers, PyObject *object, int64_t number) {
	table_set(&numbers->table, (uint64_t)object, 0, (uint64_t)number);
}

int64_t take_number(Numbers *numbers, PyObject *object) {
	uint64_t number;
	return table_take(&numbers->table, (uint64_t)object, 0, &number) ? (int64_t)number : 0;
}

// --- what a step comes to -------------------------------------------------------

// What is said at the end of a step: up to two facts.
typedef struct {
	uint32_t what, site;
	uint64_t b;
	uint32_t what2, site2; // what2 is 0 if there is no second one
	uint64_t b2;
	uint32_t end;
} Facts;

static void put_facts(Tasks *t, const Facts *f, int64_t number, uint32_t next, uint64_t a) {
	uint64_t now = monotonic_ns();
	if (f->what)
		append_at(t->writer, now, f->what, f->site, number, f->b);
	if (f->what2)
		append_at(t->writer, now, f->what2, f->site2, number, f->b2);
	append_at(t->writer, now, f->end, 0, number, 0);
	if (next)
		append_at(t->writer, now, next, 0, a, 0);
}

static int64_t future_number(Tasks *t, PyObject *future) {
	int64_t number = 0;
	if (t->woken == (int64_t)future)
		t->woken = 0; // that one was resolved: this is another at its address
	else
		number = number_of(t->futures, future);
	if (number == 0) {
		if (t->futures->table.used > 100000)
			table_clear(&t->futures->table);
		number = ++t->last_future;
		set_number(t->futures, future, number);
	}
	return number;
}

// What the code inner, of asyncio, waits for in a future: the Wait, above it the
// string that names the code.
static bool wait_of(Tasks *t, PyObject *future, PyObject *inner, uint64_t *wait) {
	bool plain = (PyObject *)future->type == t->Future;
	if (plain && table_get(&t->waits, (uint64_t)(inner == NULL ? &_Py_NoneStruct : inner), 0, wait))
		return true;
	PyObject *answer = HIDDEN(PyObject_CallFunctionObjArgs(t->wait_of, future->type, inner == NULL ? &_Py_NoneStruct : inner, NULL));
	if (answer == NULL)
		return false;
	*wait = PyLong_AsUnsignedLongLongMask(answer);
	Py_DecRef(answer);
	if (PyErr_Occurred())
		return false;
	if (plain)
		table_remember(&t->waits, (uint64_t)(inner == NULL ? &_Py_NoneStruct : inner), 0, *wait);
	return true;
}

// waits finds the facts of a task that waits for a future. Answers false if Python
// is to do it.
static bool waits(Tasks *t, PyObject *task, PyObject *future, Facts *f) {
	PyObject *inner;
	uint64_t wait, length;
	f->end = STEP_END;
	if (!place_of(t, task, &f->site, &inner))
		return false;
	if (is_task(t, future)) {
		f->what = TASK_WAITS_TASK;
		f->b = (uint64_t)number_of(t->tasks, future);
		return f->b != 0;
	}
	if (table_take(&t->sleeps->table, (uint64_t)future, 0, &length)) {
		take_number(t->futures, future); // another's, that was at this address before
		f->what = TASK_WAITS_SLEEP;
		f->b = length;
		return true;
	}
	if (!wait_of(t, future, inner, &wait))
		return false;
	if (inner != NULL) {
		if (!code_site(t, inner, &f->site2))
			return false;
		f->what2 = TASK_WAITS_IN;
		f->b2 = wait >> 32;
	}
	f->what = TASK_WAITS | (uint32_t)wait << 16;
	f->b = (uint64_t)future_number(t, future);
	return true;
}

// ends finds the facts of a task that waits for nothing. Answers false if Python is
// to do it.
static bool ends(Tasks *t, PyObject *task, Facts *f) {
	int state;
	PyObject *inner;
	if (t->yielded) {
		if (!place_of(t, task, &f->site, &inner))
			return false;
		f->what = TASK_WAITS_YIELD;
		f->what2 = TASK_WOKEN_YIELD;
		f->site2 = f->site;
		f->end = STEP_END;
		return true;
	}
	if (!state_of(task, &state))
		return false;
	f->end = state == PENDING ? STEP_END : STEP_END_DONE;
	if (state == CANCELLED)
		f->what = TASK_DONE_CANCELLED;
	if (state == FINISHED) {
		PyObject *exception = attribute(task, &name__exception);
		if (exception == NULL)
			return false;
		Py_DecRef(exception);
		if (exception != &_Py_NoneStruct)
			return false; // its name is Python's to find
		f->what = TASK_DONE_RESULT;
	}
	if (state != PENDING)
		take_number(t->tasks, task);
	return true;
}

// end_step ends a step; next, unless it is 0, begins or ends something at the same time.
static bool end_step(Tasks *t, PyObject *task, int64_t number, uint32_t next, uint64_t a) {
	Facts f = {0};
	PyObject *future = attribute(task, &name__fut_waiter);
	bool found = future != NULL && (future != &_Py_NoneStruct ? waits(t, task, future, &f) : ends(t, task, &f));
	if (future != NULL)
		Py_DecRef(future);
	if (found) {
		put_facts(t, &f, number, next, a);
		t->yielded = false;
		return true;
	}
	if (is_programs())
		return false;
	PyErr_Clear();
	PyObject *answer = HIDDEN(PyObject_CallFunction(t->end_step_slowly, "OL", task, (long long)number));
	if (answer == NULL)
		return false;
	Py_DecRef(answer);
	if (next)
		append(t->writer, next, 0, a, 0);
	return true;
}

// --- runs ---------------------------------------------------------------------------

// Ends what runs, and begins or ends something more, unless next is 0.
static bool end_running(Tasks *t, uint32_t next, uint64_t a) {
	int64_t number = t->running;
	PyObject *task = t->stepping;
	t->running = t->current = t->timer = 0;
	t->stepping = NULL;
	bool ok = true;
	if (number < 0) {
		ok = end_step(t, task, -number, next, a);
	} else {
		uint64_t now = monotonic_ns();
		if (number > 0)
			append_at(t->writer, now, HANDLE_END, 0, number, 0);
		if (next)
			append_at(t->writer, now, next, 0, a, 0);
	}
	if (task != NULL)
		Py_DecRef(task);
	return ok;
}

// The number of a handle that runs many times, 0 if it is none.
static int64_t lasting(Tasks *t, PyObject *handle) {
	PyObject *key = PyLong_FromUnsignedLongLong((uint64_t)handle);
	PyObject *known = key == NULL ? NULL : PyDict_GetItemWithError(t->many, key); // borrowed: number and weak reference
	int64_t number = 0;
	if (known != NULL) {
		PyObject *there = PyObject_CallFunctionObjArgs(PyTuple_GetItem(known, 1), NULL);
		if (there == handle)
			number = (int64_t)PyLong_AsUnsignedLongLongMask(PyTuple_GetItem(known, 0));
		if (there != NULL)
			Py_DecRef(there);
	}
	if (key != NULL)
		Py_DecRef(key);
	return number;
}

// Returns the task of a handle that runs its step, a new reference, and NULL if Python
// is to begin that.
static PyObject *task_to_step(PyObject *handle) {
	bool must_cancel = true;
	PyObject *callback = attribute(handle, &name__callback);
	PyObject *task = callback == NULL ? NULL : attribute(callback, &name___self__);
	if (callback != NULL)
		Py_DecRef(callback);
	if (task != NULL && is_true(task, &name__must_cancel, &must_cancel) && !must_cancel)
		return task;
	if (task != NULL)
		Py_DecRef(task);
	return NULL;
}

// A run ends where the next one begins, or the turn, and a turn where the next one begins:
// so that what belongs together is written at once. At the levels beyond loop calls come
// in between, so both end by themselves, and a run within another one is left to Python.

static bool alone(Tasks *t) { return t->running == 0 && t->current == 0 && t->timer == 0; }

// run(handle) begins a run. Where the turn does not end it, what it answers does.
PyObject *run(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Tasks *t = (Tasks *)self;
	if (count != 1)
		return none();
	PyObject *handle = args[0], *loop = attribute(handle, &name__loop);
	bool ours = loop != NULL && loop == t->turning && (!t->deep || alone(t));
	if (loop != NULL)
		Py_DecRef(loop);
	if (!ours)
		return slowly(t->run_slowly, handle);
	int64_t number = take_number(t->handles, handle);
	if (number == 0)
		number = lasting(t, handle);
	if (number == 0)
		return slowly(t->run_slowly, handle);
	if (number > 0) {
		int64_t timer = number & SLEEP ? number ^ SLEEP : 0;
		number &= ~SLEEP;
		if (!end_running(t, HANDLE_BEGIN, number))
			return NULL;
		t->timer = timer;
	} else {
		PyObject *task = task_to_step(handle);
		if (task == NULL) {
			set_number(t->handles, handle, number);
			return slowly(t->run_slowly, handle);
		}
		if (!end_running(t, STEP_BEGIN, -number)) {
			Py_DecRef(task);
			return NULL;
		}
		t->current = -number;
		t->yielded = false;
		t->stepping = task;
	}
	t->running = number;
	if (!t->deep)
		return none();
	Py_IncRef(t->run_end);
	return t->run_end;
}

// end_run() ends a run at the levels beyond loop.
PyObject *end_run(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	return end_running((Tasks *)self, 0, 0) ? none() : NULL;
}

// --- turns ----------------------------------------------------------------------------

// The time until the next timer, FOREVER if there is none; 0 if something is ready.
static bool timeout_of(Tasks *t, PyObject *loop, Py_ssize_t ready, uint64_t *timeout) {
	bool stopping;
	*timeout = 0;
	if (ready > 0)
		return true;
	if (!is_true(loop, &name__stopping, &stopping) || stopping)
		return !PyErr_Occurred();
	*timeout = FOREVER;
	PyObject *scheduled = attribute(loop, &name__scheduled);
	if (scheduled == NULL)
		return false;
	bool ok = true;
	if (PyList_Size(scheduled) > 0) {
		PyObject *clock = attribute((PyObject *)loop->type, &name_time);
		PyObject *when = attribute(PyList_GetItem(scheduled, 0), &name__when);
		double due = when == NULL ? -1 : PyFloat_AsDouble(when) * 1e9;
		ok = clock != NULL && when != NULL && !PyErr_Occurred();
		if (ok && clock == t->loop_time) {
			double left = due - (double)monotonic_ns();
			*timeout = left > 0 ? (uint64_t)left : 0;
		}
		if (clock != NULL)
			Py_DecRef(clock);
		if (when != NULL)
			Py_DecRef(when);
	}
	Py_DecRef(scheduled);
	return ok && !PyErr_Occurred();
}

// Leaves the beginning of a turn to Python, and not its end.
static PyObject *turn_slowly(Tasks *t, PyObject *loop) {
	PyObject *end = slowly(t->turn_slowly, loop);
	if (end != t->turn_end_slowly)
		return end;
	Py_DecRef(end);
	Py_IncRef(t->turn_end);
	return t->turn_end;
}

// run_once(loop) begins a turn, and ends the one before; what it answers ends it.
PyObject *run_once(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Tasks *t = (Tasks *)self;
	if (count != 1)
		return none();
	PyObject *loop = args[0];
	if (!t->over || loop != t->turning)
		return turn_slowly(t, loop);
	uint64_t timeout;
	PyObject *queue = attribute(loop, &name__ready);
	Py_ssize_t ready = queue == NULL ? -1 : PyObject_Size(queue);
	if (queue != NULL)
		Py_DecRef(queue);
	if (ready < 0 || !timeout_of(t, loop, ready, &timeout))
		return turn_slowly(t, loop);
	t->over = false;
	t->polling = true;
	if (!end_running(t, t->open_turn ? TURN_END : 0, t->open_turn))
		return NULL;
	uint64_t now = monotonic_ns();
	t->open_turn = ++t->turn_number;
	append_at(t->writer, now, TURN_BEGIN, 0, t->open_turn, ready);
	append_at(t->writer, now, POLL_BEGIN, 0, timeout, 0);
	Py_IncRef(t->turn_end);
	return t->turn_end;
}

// end_turn() ends a turn: it is noted that it is over, or written, or else Python does it.
PyObject *end_turn(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	(void)args, (void)count;
	Tasks *t = (Tasks *)self;
	bool usual = t->deep ? alone(t) && !t->polling : t->running != 0;
	if (!usual || t->turning != t->quick || t->loops != 1 || PyList_Size(t->outer) != 1)
		return HIDDEN(PyObject_CallFunctionObjArgs(t->turn_end_slowly, NULL));
	t->over = true;
	if (!t->deep)
		return none();
	append(t->writer, TURN_END, 0, t->open_turn, 0);
	t->open_turn = 0;
	return HIDDEN(PyObject_CallFunctionObjArgs(t->check, NULL));
}

// What became ready: at most these many are looked at here.
enum { MANY = 64 };
typedef struct {
	uint32_t what;
	uint64_t fd;
	int64_t handle;
} Ready;

// Reads one (reader, writer) out of what the selector says.
static bool read_ready(Tasks *t, PyObject *handle, uint32_t what, uint64_t fd, Ready *ready, int *count) {
	bool cancelled;
	if (handle == &_Py_NoneStruct)
		return true;
	if (!is_true(handle, &name__cancelled, &cancelled))
		return false;
	if (!cancelled) {
		ready[*count] = (Ready){what, fd, lasting(t, handle)};
		return ready[(*count)++].handle != 0;
	}
	return true;
}

static bool read_event(Tasks *t, PyObject *event, Ready *ready, int *count) {
	PyObject *key = PyTuple_GetItem(event, 0);
	PyObject *mask = PyTuple_GetItem(event, 1);
	PyObject *data = key == NULL || mask == NULL ? NULL : attribute(key, &name_data);
	PyObject *fd = data == NULL ? NULL : attribute(key, &name_fd);
	bool ok = fd != NULL && PyTuple_Size(data) == 2;
	if (ok) {
		uint64_t number = PyLong_AsUnsignedLongLongMask(fd), bits = PyLong_AsUnsignedLongLongMask(mask);
		ok = (!(bits & 1) || read_ready(t, PyTuple_GetItem(data, 0), READY_READ, number, ready, count)) &&
		     (!(bits & 2) || read_ready(t, PyTuple_GetItem(data, 1), READY_WRITE, number, ready, count));
	}
	if (data != NULL)
		Py_DecRef(data);
	if (fd != NULL)
		Py_DecRef(fd);
	return ok && !PyErr_Occurred();
}

// process_events(loop, events) ends a poll.
PyObject *process_events(PyObject *self, PyObject *const *args, Py_ssize_t count) {
	Tasks *t = (Tasks *)self;
	if (count != 2)
		return none();
	Ready ready[2 * MANY];
	int n = 0;
	Py_ssize_t events = PyList_Size(args[1]);
	bool ok = args[0] == t->turning && t->polling && events >= 0 && events <= MANY;
	for (Py_ssize_t i = 0; ok && i < events; i++)
		ok = read_event(t, PyList_GetItem(args[1], i), ready, &n);
	if (!ok) {
		if (is_programs())
			return NULL;
		PyErr_Clear();
		return HIDDEN(PyObject_CallFunctionObjArgs(t->polled_slowly, args[0], args[1], NULL));
	}
	t->polling = false;
	uint64_t now = monotonic_ns();
	append_at(t->writer, now, POLL_END, 0, events, 0);
	for (int i = 0; i < n; i++)
		append_at(t->writer, now, ready[i].what, 0, ready[i].fd, ready[i].handle);
	return none();
}
