# SPDX-License-Identifier: Apache-2.0
"""Kinds of records, from the Go package trace."""

LOOP_BEGIN, LOOP_END, TURN_BEGIN, TURN_END, POLL_BEGIN, POLL_END, READY = 1, 2, 3, 4, 5, 6, 7
SCHEDULED, HANDLE_BEGIN, HANDLE_END, HANDLE_CANCELLED = 8, 9, 10, 11
CREATED, NAME, STEP_BEGIN, STEP_END, WAITS, WOKEN, CANCELLED, DONE = 16, 17, 18, 19, 20, 21, 22, 23
WAIT_DETAIL, CANCEL_TEXT, OUTSIDE = 25, 27, 28

# With flags and aux fields: how a step ended, where a callback comes from, what a
# task waits for, what woke it, how it ended.
STEP_DONE = STEP_END | 1 << 8
SOON, TIMER, FROM_OUTSIDE, READER, WRITER, SIGNAL, FROM_DONE = (SCHEDULED | n << 16 for n in range(1, 8))
YIELDS, SLEEPS, WAITS_FUTURE, WAITS_TASK, WAITS_GROUP, WAITS_MANY = (WAITS | n << 16 for n in range(1, 7))
BY_YIELD, BY_TIMER, BY_FUTURE, BY_TASK, BY_CANCEL = (WOKEN | n << 16 for n in range(1, 6))
DONE_RESULT, DONE_ERROR, DONE_CANCELLED = (DONE | n << 8 for n in range(1, 4))
DONE_DESTROYED = DONE | 5 << 8
READY_SIGNAL = READY | 4 << 8
FOREVER = (1 << 64) - 1
