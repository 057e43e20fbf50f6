// SPDX-License-Identifier: Apache-2.0

package coro

import (
	"runtime"
	"testing"
)

func TestCurrentThread(t *testing.T) {
	if here := CurrentThread(); here != (Thread{}) || here.Locked() {
		t.Errorf("not locked it is %v", here)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here := CurrentThread()
	if !here.Locked() || here != CurrentThread() {
		t.Errorf("locked it is %v, then %v", here, CurrentThread())
	}
	other := make(chan Thread)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		other <- CurrentThread()
	}()
	if there := <-other; there == here || !there.Locked() {
		t.Errorf("two locked goroutines are %v and %v", here, there)
	}
}

func BenchmarkCurrentThread(b *testing.B) {
	for b.Loop() {
		CurrentThread()
	}
}
