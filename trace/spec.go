// SPDX-License-Identifier: Apache-2.0

package trace

import "strconv"

// Spec describes one kind of record: its name and those of its fields, "" where a field is not
// used. The end of a name says how to read the value: "_string" is the id of a string, "_ns" a time
// or duration in nanoseconds, and "_int" a signed number. The text form and the checks follow from
// it.
type Spec struct {
	Name  string
	A, B  string
	Aux   *Enum
	Flags *Enum
	// Site says whether the record may carry a site.
	Site bool
}

// Enum names the values of a field, or its bits if Bits is set.
type Enum struct {
	Field string
	Names []string // by value from 1; by bit from 0, "" where a bit is not used
	Bits  bool
}

var (
	loopBeginFlags = &Enum{"flags", []string{"found"}, true}
	loopEndFlags   = &Enum{"flags", []string{"left"}, true}
	foundFlags     = &Enum{"flags", []string{"waiting"}, true}
	readyFlags     = &Enum{"ready", []string{"read", "write", "signal"}, true}
	nameFlags      = &Enum{"of", []string{"function"}, true}
	stepFlags      = &Enum{"flags", []string{"done"}, true}
	beginFlags     = &Enum{"flags", []string{"resume", "c"}, true}
	endFlags       = &Enum{"flags", []string{"", "", "suspend", "raise"}, true}
	origins        = &Enum{"origin", []string{"soon", "timer", "outside", "reader", "writer", "signal", "done"}, false}
	waits          = &Enum{"wait", []string{"yield", "sleep", "future", "task", "group", "many",
		"lock", "event", "condition", "semaphore", "barrier", "get", "put", "join", "receive", "send",
		"read", "write", "accept", "connect", "drain", "process", "resolve", "signal", "object"}, false}
	wakes    = &Enum{"wake", []string{"yield", "timer", "future", "task", "cancel", "object"}, false}
	outcomes = &Enum{"outcome", []string{"result", "error", "cancelled", "panic", "destroyed"}, false}
)

var specs = [256]Spec{
	KindLoopBegin: {Name: "LoopBegin", A: "loop", B: "name_string", Flags: loopBeginFlags},
	KindLoopEnd:   {Name: "LoopEnd", A: "loop", Flags: loopEndFlags},

	KindTurnBegin: {Name: "TurnBegin", A: "turn", B: "ready"},
	KindTurnEnd:   {Name: "TurnEnd", A: "turn"},
	KindPollBegin: {Name: "PollBegin", A: "timeout_ns"},
	KindPollEnd:   {Name: "PollEnd", A: "events"},
	KindReady:     {Name: "Ready", A: "fd", B: "handle", Flags: readyFlags},

	KindHandleScheduled: {Name: "HandleScheduled", A: "handle", B: "at_ns", Aux: origins, Site: true},
	KindHandleBegin:     {Name: "HandleBegin", A: "handle"},
	KindHandleEnd:       {Name: "HandleEnd", A: "handle"},
	KindHandleCancelled: {Name: "HandleCancelled", A: "handle", Site: true},

	KindTaskFound:      {Name: "TaskFound", A: "task", B: "parent_task", Flags: foundFlags},
	KindTaskCreated:    {Name: "TaskCreated", A: "task", B: "parent_task", Site: true},
	KindTaskName:       {Name: "TaskName", A: "task", B: "name_string", Flags: nameFlags},
	KindStepBegin:      {Name: "StepBegin", A: "task"},
	KindStepEnd:        {Name: "StepEnd", A: "task", Flags: stepFlags},
	KindTaskWaits:      {Name: "TaskWaits", A: "task", B: "on", Aux: waits, Site: true},
	KindTaskWoken:      {Name: "TaskWoken", A: "task", B: "by", Aux: wakes, Site: true},
	KindTaskCancelled:  {Name: "TaskCancelled", A: "task", B: "by_task", Site: true},
	KindTaskDone:       {Name: "TaskDone", A: "task", B: "error_string", Flags: outcomes},
	KindFutureResolved: {Name: "FutureResolved", A: "future", Flags: outcomes, Site: true},

	KindTaskWaitsIn:    {Name: "TaskWaitsIn", A: "task", B: "name_string", Site: true},
	KindTaskWaitsOn:    {Name: "TaskWaitsOn", A: "task", B: "words_string"},
	KindTaskCancelText: {Name: "TaskCancelText", A: "task", B: "text_string"},
	KindThreadName:     {Name: "ThreadName", A: "thread", B: "name_string"},
	KindOutsideCall:    {Name: "OutsideCall", A: "handle", Site: true},
	KindJobScheduled:   {Name: "JobScheduled", A: "job", Site: true},
	KindJobBegin:       {Name: "JobBegin", A: "job", B: "function_string"},
	KindJobEnd:         {Name: "JobEnd", A: "job"},

	KindRead:         {Name: "Read", A: "fd", B: "bytes"},
	KindWrite:        {Name: "Write", A: "fd", B: "bytes"},
	KindSyscallBegin: {Name: "SyscallBegin", A: "name_string"},
	KindSyscallEnd:   {Name: "SyscallEnd", A: "result_int"},

	KindProcessStarted: {Name: "ProcessStarted", A: "process", B: "at_ns", Site: true},

	KindConnectionOpened: {Name: "ConnectionOpened", A: "fd", B: "name_string"},
	KindConnectionClosed: {Name: "ConnectionClosed", A: "fd", B: "error_string"},

	KindCallBegin: {Name: "CallBegin", Flags: beginFlags, Site: true},
	KindCallEnd:   {Name: "CallEnd", Flags: endFlags},
	KindLine:      {Name: "Line", Site: true},

	KindSpanBegin: {Name: "SpanBegin", A: "name_string"},
	KindSpanEnd:   {Name: "SpanEnd"},
	KindMark:      {Name: "Mark", A: "name_string"},
	KindCounter:   {Name: "Counter", A: "name_string", B: "value_int"},

	KindLost: {Name: "Lost", A: "records"},
}

// Spec returns the description of the kind; an unknown kind has only a name.
func (k Kind) Spec() Spec {
	if !k.Known() {
		return Spec{Name: k.String()}
	}
	return specs[k]
}

// Known reports whether this version of the package knows the kind.
func (k Kind) Known() bool { return specs[k].Name != "" }

// String returns the kind's name, "Kind77" for an unknown one.
func (k Kind) String() string {
	if k.Known() {
		return specs[k].Name
	}
	return "Kind" + strconv.Itoa(int(k))
}

// kindNamed is the inverse of Kind.String.
func kindNamed(name string) (Kind, bool) {
	for k := range specs {
		if Kind(k).String() == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// String returns the origin's name.
func (o Origin) String() string { return origins.text(uint64(o)) }

// String returns the wait's name.
func (w Wait) String() string { return waits.text(uint64(w)) }

// String returns the wake's name.
func (w Wake) String() string { return wakes.text(uint64(w)) }

// String returns the outcome's name.
func (o Outcome) String() string { return outcomes.text(uint64(o)) }

// text returns the name of a value, the names of its bits joined by "|", or the number if it has no
// name.
func (e *Enum) text(v uint64) string {
	if e.Bits {
		return e.bits(v)
	}
	if v == 0 || v > uint64(len(e.Names)) {
		return strconv.FormatUint(v, 10)
	}
	return e.Names[v-1]
}

func (e *Enum) bits(v uint64) string {
	if v == 0 || v >= 1<<len(e.Names) {
		return strconv.FormatUint(v, 10)
	}
	s := ""
	for i, name := range e.Names {
		if v&(1<<i) == 0 {
			continue
		}
		if name == "" {
			return strconv.FormatUint(v, 10)
		}
		if s != "" {
			s += "|"
		}
		s += name
	}
	return s
}

// value is the inverse of text.
func (e *Enum) value(s string) (uint64, bool) {
	for v := range uint64(1) << len(e.Names) {
		if e.text(v) == s {
			return v, true
		}
	}
	v, err := strconv.ParseUint(s, 10, 16)
	return v, err == nil
}
