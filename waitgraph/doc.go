// SPDX-License-Identifier: Apache-2.0

// Package waitgraph says who waits for whom in a program on an event loop, at one moment.
//
// A [Graph] is a picture of one process: its loops, their tasks, and for each task what it waits
// for. It is plain data, and nothing in it is specific to one runtime: a loop of package asyncio
// makes one of itself (Loop.WaitGraph), and others make one of a Python program or of a core file.
// So code that shows or searches a graph serves them all.
//
// [Graph.Cycles] finds tasks that wait for each other in a circle, [Graph.String] draws the tree,
// and the JSON of a graph, which docs/json.md describes, goes both ways.
package waitgraph
