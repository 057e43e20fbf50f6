// SPDX-License-Identifier: Apache-2.0

package asyncio

// SetDebug switches debug mode on or off (asyncio M1). With it
//
//   - tasks, futures and callbacks remember the stack on which they were made: reports to
//     the exception handler and reports of stalls show it (M5, M6), and [Task.String] shows
//     its first line;
//   - a call from the wrong goroutine shows both stacks (M2);
//   - futures that nobody has resolved, or whose error nobody has asked for, are reported
//     when the loop is closed, with their age (M12);
//   - a loop that is not closed is reported when it is garbage (L6, M14), if debug mode was on
//     when it was made;
//   - the loop logs when it is made and closed, at the level debug (M11).
//
// It knows nothing of what was made before. Any goroutine may call it.
func (l *Loop) SetDebug(on bool) {
	if !on {
		l.debug.Store(nil)
		return
	}
	l.debug.CompareAndSwap(nil, newDebugging())
}

// Debug reports whether debug mode is on. Any goroutine may call it.
func (l *Loop) Debug() bool { return l.debug.Load() != nil }
