// SPDX-License-Identifier: Apache-2.0

package model_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// waits is an analysis: it adds up for how long tasks have waited, by their names.
type waits struct {
	program *model.Program
	ns      map[string]uint64
}

// Recording implements [model.Audience].
func (w *waits) Recording(producer trace.Producer, names trace.Names) *model.Recording {
	return w.program.Recording(producer, names, w)
}

func (w *waits) Begins(model.Activity) {}
func (w *waits) Happens(model.Event)   {}
func (w *waits) Linked(model.Link)     {}

func (w *waits) Ends(a model.Activity) {
	if wait, ok := a.(*model.Wait); ok {
		w.ns[wait.Task.Name()] += wait.End - wait.Begin
	}
}

// An analysis looks at the facts that it wants. All producers and all recordings that a timeline is
// drawn of will do.
func Example() {
	const text = `producer pid=7 id=1 start=1000 wall=0 language="go" process="demo"
+0 TaskCreated task=1
+0 TaskName task=1 name_string="fetch"
+10 StepBegin task=1
+5 TaskWaits wait=sleep task=1 on=100
+5 StepEnd task=1
+100 TaskWoken wake=timer task=1
+3 StepBegin task=1
+7 StepEnd task=1 flags=done
`
	var recording bytes.Buffer
	if err := trace.ParseText(&recording, strings.NewReader(text)); err != nil {
		fmt.Println(err)
		return
	}
	src, err := trace.NewSource(&recording)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := &waits{model.NewProgram(), make(map[string]uint64)}
	if err := model.ReadAll(w, src); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("fetch waited for", w.ns["fetch"], "ns")
	// Output: fetch waited for 100 ns
}
