// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package examples_test

// Without a selector for this system, which only Unix has, no program can run.
var expected = map[string]string{}
