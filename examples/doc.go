// SPDX-License-Identifier: Apache-2.0

// Package examples holds programs to learn from, in this order: hello (a task and a wait), sleepers
// (many tasks at once), fdwatch (the loop below the tasks: file descriptors and signals). Each can
// be watched from behind with curtain trace.
package examples
