// SPDX-License-Identifier: Apache-2.0

//go:build unix

package examples_test

func init() {
	expected["fdwatch"] = `^read "one two three", then got user defined signal 1\n$`
}
