// SPDX-License-Identifier: Apache-2.0

package timeline

// Canvas is what a picture is drawn on: a file, or a part of one. Add and Finish of the picture's
// recordings call its methods. A lane comes before its first slice, and again if its name becomes
// known later; a process comes before its first lane. The slices at both ends of an arrow start at
// the arrow's points, but an arrow to a wait leads to the wait's last nanosecond. A slice comes
// when it ends, so neither slices nor arrows are in the order of time.
type Canvas interface {
	Process(Process)
	Lane(Lane)
	Slice(Slice) // the Args are valid during the call only
	Arrow(Arrow)
	Counter(Counter)
}

// Process is one operating system process.
type Process struct {
	PID     uint64
	Name    string
	Command string // its command line, "" if unknown
	// Start is when its first recording began, CLOCK_MONOTONIC, ns.
	Start uint64
}

// LaneKind says what a lane shows.
type LaneKind uint8

const (
	// LoopLane shows what the loop does.
	LoopLane LaneKind = iota
	// OutsideLane shows calls that other goroutines made.
	OutsideLane
	// TaskLane shows a task, or several short ones in turn.
	TaskLane
)

// Lane is one row of the picture.
type Lane struct {
	// ID is unique in the picture and positive.
	ID   int
	PID  uint64
	Kind LaneKind
	Name string
	// Loop is the ID of the lane of the loop or thread to which this lane belongs, 0 for such a
	// lane itself.
	Loop int
	// Order ranks the lanes of a process, the least on top.
	Order int
}

// Arg is a detail of a slice: a text if IsText, else a number.
type Arg struct {
	Key    string
	Text   string
	Number int64
	IsText bool
}

func text(key, value string) Arg        { return Arg{Key: key, Text: value, IsText: true} }
func number[N num](key string, v N) Arg { return Arg{Key: key, Number: int64(v)} }

type num interface{ ~int | ~int64 | ~uint64 }

// What is the key of the argument that says what the slice is about: which task, place or object.
// It completes the name, as in "waits for" and "lock 7".
const What = "what"

func what(v string) Arg { return text(What, v) }

// Slice is something that took time, or a moment if End is Start. Times are CLOCK_MONOTONIC, ns.
//
// There are few names, so that slices of a kind can be added up; only calls, system calls, spans
// and marks have names of the program. The arguments tell a slice from others of its kind.
type Slice struct {
	Lane       int
	Start, End uint64
	Name       string
	Category   string // what kind of thing it is, for colours: one of the constants below
	Args       []Arg
	// Partner is the ID of the lane that shows the same step once more, 0 for none: the loop's lane
	// and the task's lane show each step of a task.
	Partner int
}

// The categories of slices.
const (
	Turn       = "turn"        // of the loop
	Poll       = "poll"        // the loop asks the selector
	Readiness  = "readiness"   // a descriptor is ready, or a signal has come
	Callback   = "callback"    // the run of one
	Step       = "step"        // of a task, on its lane and on the loop's
	Wait       = "wait"        // of a task
	Ready      = "ready"       // a task could run but waits its turn
	Cause      = "cause"       // a moment at which something was caused
	Call       = "call"        // of a function
	Line       = "line"        // of source, a moment
	SystemCall = "system call" // also what was read and written, a moment
	Span       = "span"        // of the program's own, or a moment
	Lost       = "lost"        // records are missing
)

// Point is where an arrow begins or ends: the start of a slice, or the last nanosecond of a wait.
type Point struct {
	Lane int
	Time uint64
}

// Arrow leads from where something was caused to where it took effect. From is always earlier than
// To.
type Arrow struct {
	From, To Point
	Label    string
}

// Counter is a new value of a named number.
type Counter struct {
	PID   uint64
	Time  uint64
	Name  string
	Value int64
}
