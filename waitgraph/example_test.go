// SPDX-License-Identifier: Apache-2.0

package waitgraph_test

import (
	"encoding/json"
	"fmt"

	"github.com/gocurtain/asyncio/waitgraph"
)

// A graph is data: this one was written by another process.
func Example() {
	text := []byte(`{"version":1, "pid":42, "runtime":"cpython 3.14.0", "loops":[{"id":1, "name":"main", "tasks":[
		{"id":1, "name":"reader", "state":"waiting", "waits":{"kind":"lock", "what":"Lock(locked by writer)"}, "awaited_by":[2]},
		{"id":2, "name":"writer", "state":"waiting", "waits":{"kind":"task", "what":"task reader"}, "awaited_by":[1, 3]},
		{"id":3, "name":"main", "state":"waiting", "waits":{"kind":"group", "what":"its group"}}]}]}`)
	var graph waitgraph.Graph
	if err := json.Unmarshal(text, &graph); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(&graph)
	// Output:
	// main: 3 tasks
	// main: waiting for its group
	// └── writer: waiting for task reader
	//     └── reader: waiting for Lock(locked by writer)
	//         └── writer (see above)
	// tasks wait for each other in a circle: reader waits for Lock(locked by writer); writer waits for task reader
}

// The circles are lists of tasks.
func ExampleGraph_Cycles() {
	graph := waitgraph.Graph{Loops: []waitgraph.Loop{{Tasks: []waitgraph.Task{
		{ID: 1, Name: "a", State: waitgraph.Waiting, WaitsFor: []uint64{2}},
		{ID: 2, Name: "b", State: waitgraph.Waiting, WaitsFor: []uint64{1}},
		{ID: 3, Name: "c", State: waitgraph.Waiting, WaitsFor: []uint64{1}},
	}}}}
	for _, cycle := range graph.Cycles() {
		for _, task := range cycle {
			fmt.Println(task.Name)
		}
	}
	// Output:
	// a
	// b
}
