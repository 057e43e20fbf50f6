// SPDX-License-Identifier: Apache-2.0

// Package pytrace carries the probe that records asyncio programs on CPython
// 3.8 to 3.14. The probe is a small package of plain Python, embedded here; it
// writes the same rings as package trace.
//
// [Install] writes it into a directory. The environment that [Probe.Environ]
// makes then starts it in every Python below a command, without a change to the
// program: PYTHONPATH leads Python to a module sitecustomize, which starts the
// probe and gives way to the sitecustomize that would have been found otherwise.
// Pythons that are run with -I, -E or -S do not look at PYTHONPATH or
// sitecustomize, so they are not recorded.
//
// The variables ASYNCIO_TRACE and ASYNCIO_TRACE_LEVEL are those of Go programs
// on this module's runtime, which so write into the same directory.
package pytrace
