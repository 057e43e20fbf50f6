// SPDX-License-Identifier: Apache-2.0

package selector

// Waker is a descriptor that any goroutine can make readable, so that a [Selector] in which it is
// registered returns from Wait. It stays readable until it is drained, however many wakes there
// were (asyncio id S3; unlike asyncio's self-pipe it costs one read to drain, not one per 4096
// wakes and one more).
type Waker interface {
	// Name is the kernel facility: "eventfd" or "pipe".
	Name() string

	// FD is what to register, for [Readable].
	FD() int

	// Wake makes FD readable. Any goroutine may call it, at any time; it never blocks, and never
	// writes to a descriptor that is not the waker's own. After Close it fails with [os.ErrClosed].
	Wake() error

	// Drain makes FD not readable. The goroutine that waits calls it after Wait has reported FD,
	// and before it looks at what it was woken for: so it sees a wake that comes in between, or FD
	// is readable again.
	Drain() error

	// Close releases FD, which must not be registered any more. Closing twice is no error.
	Close() error
}
