// SPDX-License-Identifier: Apache-2.0

//go:build unix

package session

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/trace"
)

// ended returns the id of a process that has ended and was waited for.
func ended(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Skip("there is no command true: ", err)
	}
	return cmd.Process.Pid
}

func TestAlive(t *testing.T) {
	if !alive(os.Getpid()) {
		t.Error("this process is not alive")
	}
	if alive(ended(t)) {
		t.Error("a process that has ended is alive")
	}
	if runtime.GOOS != "linux" {
		return // Elsewhere one that nobody has waited for looks alive.
	}
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	for deadline := time.Now().Add(time.Minute); alive(cmd.Process.Pid); {
		if time.Now().After(deadline) {
			t.Fatal("a process that nobody has waited for is alive")
		}
		runtime.Gosched()
	}
}

// What a process was doing lasts until it was last seen alive, or until the latest record of any of
// its threads, and also if the window of the last part holds no record at all.
func TestUnfinishedLastsToTheEnd(t *testing.T) {
	const second = uint64(time.Second)
	for _, last := range []time.Duration{0, time.Second} {
		t.Run(fmt.Sprint("last ", last), func(t *testing.T) {
			begun := uint64(sys.Monotonic()) - 10*second
			dead, dir := ended(t), t.TempDir()
			add := func(pid, id int, recs ...trace.Record) {
				t.Helper()
				ring, err := trace.CreateRing(filepath.Join(dir, fmt.Sprint(pid, "-", id, trace.Extension)),
					trace.Producer{PID: uint64(pid), ID: uint64(id), Start: begun}, trace.RingOptions{Records: 16, Strings: 4096})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { ring.Close() })
				for _, rec := range recs {
					ring.Append(rec)
				}
			}
			blocks := []trace.Record{{Time: begun, Kind: trace.KindTurnBegin}, {Time: begun + 1, Kind: trace.KindStepBegin, A: 1}}
			add(os.Getpid(), 1, blocks...)
			add(dead, 1, blocks...)
			add(dead, 2, trace.Record{Time: begun + 5*second, Kind: trace.KindThreadName})
			var file bytes.Buffer
			before := uint64(sys.Monotonic())
			s := Start(dir, Options{Open: func() (Output, error) { return Draw(chrome.NewWriter(&file), false), nil }, Last: last})
			s.End()
			<-s.Done()
			after := uint64(sys.Monotonic())
			steps := map[int]uint64{}
			for _, e := range drawnIn(t, file.Bytes()) {
				if e.Cat == "step" {
					steps[e.Pid] = uint64(e.Dur * 1000)
					if e.Args["unfinished"] != "yes" {
						t.Errorf("%+v does not say that it is unfinished", e)
					}
				}
			}
			if got, least, most := steps[os.Getpid()], before-begun-1000, after-begun; got < least || got > most {
				t.Errorf("the step of a living process took %d ns, want %d to %d", got, least, most)
			}
			if last > 0 {
				return // The other one ended before that.
			}
			if got, want := steps[dead], 5*second; got < want-1000 || got > want+1000 {
				t.Errorf("the step of a dead process took %d ns, want %d", got, want)
			}
		})
	}
}
