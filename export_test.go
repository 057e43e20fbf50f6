// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
)

// ScopesLeft says what is left in the trees of contexts of a loop that was closed: of
// the loop's own, and of ctx, which is that of a main task. It is "" if nothing is.
func ScopesLeft(l *Loop, ctx context.Context) string {
	main := ctx.(*scope)
	for what, s := range map[string]*scope{"the loop": &l.root, "main": main, "the runner": main.parent.(*scope)} {
		switch {
		case s.first != nil:
			return fmt.Sprintf("%s has contexts below it", what)
		case s.waiter != nil || len(s.rare.Load().others()) > 0:
			return fmt.Sprintf("%s has tasks that wait under it", what)
		case s.linked:
			return fmt.Sprintf("%s is below another context", what)
		}
	}
	return ""
}

// Waiters counts those who wait for f.
func Waiters(f Waitable) int {
	n, first := 0, f.base().first
	for w := first; w != nil && (n == 0 || w != first); w = w.next {
		n++
	}
	return n
}
