// SPDX-License-Identifier: Apache-2.0

// Package pytrace carries the probe that records asyncio programs on CPython 3.8 to 3.14.
//
// The probe is a small Python package that is embedded here. It writes rings as package trace reads
// them. [Install] writes the probe into a directory, and [Probe.Environ] returns an environment in
// which every Python starts it. No program needs a change: PYTHONPATH leads Python to the probe's
// module sitecustomize, which starts the probe and then runs the sitecustomize that Python would
// have found otherwise. Pythons that are started with -I, -E or -S ignore PYTHONPATH or
// sitecustomize, so they are not recorded.
//
// Go programs on this module's runtime read ASYNCIO_TRACE and ASYNCIO_TRACE_LEVEL, too. So below
// one command they write into the same directory.
package pytrace
