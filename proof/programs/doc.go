// SPDX-License-Identifier: Apache-2.0

// Package programs proves that curtain records real programs: servers, a crawler, a chat, a
// database's client and a test suite, as they stand in testdata, with the libraries of
// testdata/requirements.txt. Each one is run without curtain and with it, must say the same both
// times, and its recording must tell what it did.
//
//	go test ./programs                                   on the latest Python
//	go test ./programs -all                              on all
//	go test ./programs -run 'Flood$' -flood 10m          200,000 events a second for ten minutes
//	go test ./programs -run Programs -pictures DIR       makes a picture of each program
package programs
