// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"os"
)

// What the tests of package asyncio_test need of the inside.

// Relay is the arrival of a signal, without the operating system.
func Relay(l *Loop, sig os.Signal) { l.signals.relay(l, sig) }

// ScopeInUse reports whether something below a context of ours has not ended, or
// waits under it.
func ScopeInUse(ctx context.Context) bool {
	s := ctx.(*scope)
	return s.first != nil || s.hasWaiters()
}
