// SPDX-License-Identifier: Apache-2.0

package selector

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"strings"
	"time"
)

// A port to another kernel facility supplies:
//
//   - a type that embeds set, which answers Name, Get, Len and All and holds the
//     rules for Register, Modify and Unregister that need no kernel;
//   - Register, Modify, Unregister, Wait and Close as [Selector] promises them,
//     with the kernel told first and the set changed only if it agreed;
//   - a line in the tables of choices_*.go, best first;
//   - a green run of selectortest.Run, which the tests of this package start for
//     every line of those tables.
//
// A port to another way to wake supplies a [Waker], its line, and selectortest.RunWaker.

// MaxWait is the longest that [Selector.Wait] waits for: a longer timeout is cut to it (asyncio's
// MAXIMUM_SELECT_TIMEOUT). It fits into the smallest type in which a kernel counts.
const MaxWait = 24 * time.Hour

// Events is a set of directions. The zero value is the empty set.
type Events uint8

// The directions in which a descriptor can be ready.
const (
	Readable Events = 1 << iota // A read would not block: there is data, the end, or an error.
	Writable                    // A write would not block: there is room, or an error.

	both = Readable | Writable
)

// String is "r", "w" or "rw", and "" for the empty set.
func (e Events) String() string {
	if e&^both != 0 {
		return fmt.Sprintf("Events(%#x)", uint8(e))
	}
	return [...]string{"", "r", "w", "rw"}[e]
}

// Key is a registered descriptor. It is a value; changing a copy changes nothing.
type Key struct {
	FD     int
	Events Events // The directions of interest, never empty.
	Data   any    // The caller's; it comes back with every event.
}

// Event is a descriptor found ready.
type Event struct {
	Key   Key    // As it was registered when the event was fetched.
	Ready Events // Never empty, and only directions of interest.
}

// Selector is a set of descriptors and a way to wait for them. It is not safe for concurrent use.
// After Close its methods fail with [os.ErrClosed], and the set is empty (asyncio id X1).
type Selector interface {
	// Name is the kernel facility: "epoll", "kqueue", "poll" or "select".
	Name() string

	// Register adds a descriptor. The error is [fs.ErrExist] if it is registered already,
	// [fs.ErrInvalid] if it is negative or events are empty or unknown, or the kernel's, such as
	// EBADF for a descriptor that is not open.
	Register(fd int, events Events, data any) error

	// Modify replaces events and data of a descriptor. It asks the kernel even if only data
	// changes: the number may have been closed and belong to another file by now, and from then on
	// that file is watched (unlike asyncio id X3). If the descriptor is not registered, the error
	// is [fs.ErrNotExist]; otherwise it fails as Register does. After an error nothing has changed.
	Modify(fd int, events Events, data any) error

	// Unregister removes a descriptor, whether it is still open or not. The error is
	// [fs.ErrNotExist] if it is not registered.
	Unregister(fd int) error

	// Wait returns the descriptors that are ready, each once, in no order. It stores them in into,
	// whose length is ignored and whose capacity is used before a new array is made; with enough of
	// it, Wait does not allocate. More may be ready than it returns; the others come next time.
	//
	// If none is ready it waits for one: without limit if timeout is negative, not at all if it is
	// 0, and otherwise at least that long, up to [MaxWait]. It counts nanoseconds if the kernel
	// does, and otherwise rounds up (asyncio id X5). It returns nothing and no error before that
	// time only if a signal interrupted it or an event turned out to be stale.
	//
	// A hang-up or an error of the descriptor counts as both directions, as far as they are of
	// interest (asyncio id X4).
	Wait(timeout time.Duration, into []Event) ([]Event, error)

	// Get returns the key of a descriptor, and false if it is not registered.
	Get(fd int) (Key, bool)

	// Len is the number of registered descriptors.
	Len() int

	// All yields the registered descriptors in ascending order. The body of the loop may register,
	// modify and unregister.
	All() iter.Seq[Key]

	// Close releases what the selector holds, but closes none of its descriptors. Closing twice is
	// no error.
	Close() error
}

// New opens the best selector of this system, or the one that the environment names in
// ASYNCIO_SELECTOR. It does not probe: where the kernel has epoll or kqueue, Go's own runtime
// depends on it already.
func New() (Selector, error) { return selectors.preferred("ASYNCIO_SELECTOR") }

// Open opens the selector of that name; [Names] lists them.
func Open(name string) (Selector, error) { return selectors.open(name) }

// Names lists the selectors of this system, best first.
func Names() []string { return selectors.names() }

// NewWaker opens the best waker of this system, or the one that the environment names in
// ASYNCIO_WAKER.
func NewWaker() (Waker, error) { return wakers.preferred("ASYNCIO_WAKER") }

// OpenWaker opens the waker of that name; [WakerNames] lists them.
func OpenWaker(name string) (Waker, error) { return wakers.open(name) }

// WakerNames lists the wakers of this system, best first.
func WakerNames() []string { return wakers.names() }

// choices is a table of what a system has of one kind, best first.
type choices[T any] struct {
	noun string
	list []choice[T]
}

type choice[T any] struct {
	name string
	open func() (T, error)
}

// preferred opens what the variable names, else the first choice.
func (c choices[T]) preferred(variable string) (T, error) {
	if name := os.Getenv(variable); name != "" {
		opened, err := c.open(name)
		if err != nil {
			err = fmt.Errorf("%s: %w", variable, err)
		}
		return opened, err
	}
	if len(c.list) == 0 {
		return c.open("")
	}
	return c.list[0].open()
}

func (c choices[T]) open(name string) (T, error) {
	for _, choice := range c.list {
		if choice.name == name {
			return choice.open()
		}
	}
	var none T
	if len(c.list) == 0 {
		return none, fmt.Errorf("selector: no %s on %s: %w", c.noun, runtime.GOOS, errors.ErrUnsupported)
	}
	return none, fmt.Errorf("selector: no %s %q on %s, there are: %s", c.noun, name, runtime.GOOS, strings.Join(c.names(), ", "))
}

func (c choices[T]) names() []string {
	names := make([]string, len(c.list))
	for i, choice := range c.list {
		names[i] = choice.name
	}
	return names
}
