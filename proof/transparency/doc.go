// SPDX-License-Identifier: Apache-2.0

// Package transparency proves that Python programs do not notice curtain: CPython's own tests of
// asyncio, and small programs that look at what could give it away, do the same with it and
// without.
package transparency
