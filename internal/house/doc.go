// SPDX-License-Identifier: Apache-2.0

// Package house has the tests about the tree itself: which package may import which, which files of
// the runtime are one knot, whether the documents name what exists. There is nothing in it to
// import.
package house
