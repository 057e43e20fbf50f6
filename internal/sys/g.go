// SPDX-License-Identifier: Apache-2.0

//go:build 386 || amd64 || arm || arm64

package sys

// CurrentG identifies the calling goroutine. Any goroutine may call it; it costs a few instructions
// ([BenchmarkCurrentG]). On processors without the assembly stub it returns 0, which means
// "unknown".
//
// Safety: the result is the address of the runtime's descriptor of the goroutine, read from where
// the Go assembler documents it (go.dev/doc/asm). It serves as an identity only: compare it, never
// dereference it. It is a uintptr, so it keeps nothing alive, and the runtime recycles descriptors:
// an identity is unique among the goroutines that live, not over time. A check built on it must
// therefore forget the identity before the goroutine ends, and must be off when the identity is 0.
func CurrentG() uintptr
