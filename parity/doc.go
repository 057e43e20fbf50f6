// SPDX-License-Identifier: Apache-2.0

// Package parity compares this module with Python's asyncio: small scenarios, each written twice,
// that say in which order things happen. There is nothing in it but tests.
//
// testdata has the Python side, by themes, and next to it what CPython has printed. The Go side is
// in the test files of the same names, a function for each scenario, and must print the same. Where
// it does not by intention, it says which lines differ, and why.
//
// TestPython runs the Python side again, on each interpreter that it finds; with -update it writes
// down what the latest one prints.
package parity
