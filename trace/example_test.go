// SPDX-License-Identifier: Apache-2.0

package trace_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// A recording is written to a stream and read back.
func Example() {
	var file bytes.Buffer
	w, err := trace.NewStream(&file, trace.Producer{PID: 7, Start: 1000, Language: "go", Process: "demo"})
	if err != nil {
		fmt.Println(err)
		return
	}
	w.Append(trace.Record{Time: 1200, Kind: trace.KindMark, A: uint64(w.String("started"))})
	w.Append(trace.Record{Time: 1500, Kind: trace.KindStepBegin, A: 3})
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	src, err := trace.NewSource(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	src.All(func(rec trace.Record) bool {
		fmt.Println(rec.Time, rec.Kind, rec.A)
		return true
	})
	// Output:
	// 1200 Mark 1
	// 1500 StepBegin 3
}

// Tests write recordings by hand.
func ExampleParseText() {
	const text = `
		# A task steps once.
		+10 TaskCreated task=3 site="main.go":12:"main.main"
		+5 StepBegin task=3
		+7 StepEnd task=3 flags=done
	`
	var file bytes.Buffer
	if err := trace.ParseText(&file, strings.NewReader(text)); err != nil {
		fmt.Println(err)
		return
	}
	src, err := trace.NewSource(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	trace.WriteText(os.Stdout, src)
	// Output:
	// producer pid=0 id=0 start=0 wall=0 language="" process=""
	// +10 TaskCreated task=3 site="main.go":12:"main.main"
	// +5 StepBegin task=3
	// +7 StepEnd task=3 flags=done
}
