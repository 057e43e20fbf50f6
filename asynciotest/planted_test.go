// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// plantedVariable names the environment variable that switches one of the bugs on.
const plantedVariable = "ASYNCIOTEST_PLANTED"

// planted are bugs for package asyncio: old is what is right, new is wrong if planted, which is
// declared next to it, is the name. They are compiled into a test binary of their own, so the
// product does not hold a trace of them.
var planted = []struct {
	name, file string
	old, new   string
	foundBy    string // the test that is to find it
}{
	{
		name: "lost-wakeup", foundBy: "TestExploredSemaphore",
		// The wake-up of a task that has been interrupted meanwhile is not passed on.
		file: "waitqueue.go",
		old:  "ok && t.loop.wake(t, trace.WakeObject, &p.awaited) {",
		new:  "ok && (t.loop.wake(t, trace.WakeObject, &p.awaited) || planted(\"lost-wakeup\")) {",
	},
	{
		name: "leaked-permit", foundBy: "TestExploredSemaphore",
		// With somebody in line it need not be counted; but he may have been cancelled.
		file: "semaphore.go",
		old:  "if s.wakeFirst(&s.waiters) == nil {",
		new:  "if line := s.waiters.first != nil; s.wakeFirst(&s.waiters) == nil && !(line && planted(\"leaked-permit\")) {",
	},
	{
		name: "barging", foundBy: "TestExploredQueueBarging",
		// A newcomer takes the item that a task has been woken for.
		file: "queue.go",
		old:  "func (q *queue[T, S, P]) isEmpty() bool { return q.count() <= q.promised }",
		new: "func (q *queue[T, S, P]) isEmpty() bool {\n" +
			"if planted(\"barging\") { return q.count() == 0 }\nreturn q.count() <= q.promised }",
	},
	{
		name: "missed-cancellation", foundBy: "TestExploredLockCancelled",
		// A task that was cancelled while it was ready waits nevertheless.
		file: "waitqueue.go",
		old:  "if !isClear(ctx) {",
		new:  "if !isClear(ctx) && !planted(\"missed-cancellation\") {",
	},
	{
		name: "double-resume", foundBy: "TestExploredLockCancelled",
		// A task that is ready is made ready once more.
		file: "task.go",
		old:  "switch t.does {\n\tcase waiting:",
		new:  "if t.does == ready && planted(\"double-resume\") {\n\t\tt.does = waiting\n\t}\n\tswitch t.does {\n\tcase waiting:",
	},
	{
		name: "stale-timer", foundBy: "TestExploredSleepCancelled",
		// The timer of a sleep that was interrupted wakes the task from a later one.
		file: "sleep.go",
		old:  "if err != nil {\n\t\tl.timers.Cancel(timer)",
		new:  "if err != nil && !planted(\"stale-timer\") {\n\t\tl.timers.Cancel(timer)",
	},
	{
		name: "stale-timeout", foundBy: "TestExploredTimeout",
		// A timeout that is over leaves its timer behind.
		file: "timeout.go",
		old:  "l.mustOwn(\"Timeout.Stop\")\n\tl.cancelTimer(t.timer)",
		new:  "l.mustOwn(\"Timeout.Stop\")\n\tif !planted(\"stale-timeout\") {\n\t\tl.cancelTimer(t.timer)\n\t}",
	},
	{
		name: "unfair", foundBy: "TestExploredLock",
		// The lock goes to who has come last.
		file: "waitqueue.go",
		old:  "for ws.first != nil {\n\t\tw := ws.first\n\t\tws.leave(w)",
		new:  "for ws.first != nil {\n\t\tw := ws.first\n\t\tif planted(\"unfair\") {\n\t\t\tw = w.prev\n\t\t}\n\t\tws.leave(w)",
	},
	{
		name: "lost-item", foundBy: "TestExploredQueue",
		// A Get that is cancelled takes an item nevertheless.
		file: "queue.go",
		old:  "if err := q.wait(ctx, t, &q.getters, trace.WaitGet, q); err != nil {",
		new: "if err := q.wait(ctx, t, &q.getters, trace.WaitGet, q); err != nil {\n" +
			"if q.count() > 0 && planted(\"lost-item\") {\n\tq.take()\n}",
	},
	{
		name: "unlocked-wait", foundBy: "TestExploredCondition",
		// A Wait that is cancelled does not have the lock when it returns.
		file: "condition.go",
		old:  "defer lock.reacquire(t)",
		new:  "defer func() {\n\t\tif ctx.Err() == nil || !planted(\"unlocked-wait\") {\n\t\t\tlock.reacquire(t)\n\t\t}\n\t}()",
	},
	{
		name: "forgotten-siblings", foundBy: "TestExploredGroup",
		// The group does not cancel the others when a task fails.
		file: "group.go",
		old:  "g.failed = append(g.failed, t)\n\t\tg.abort()",
		new:  "g.failed = append(g.failed, t)\n\t\tif !planted(\"forgotten-siblings\") {\n\t\t\tg.abort()\n\t\t}",
	},
	{
		name: "miscounted-barrier", foundBy: "TestExploredBarrier",
		// Who has been interrupted counts as one who waits.
		file: "barrier.go",
		old:  "if r.arrived >= b.parties-1 && b.waiters.count() == b.parties-1 {",
		new:  "if r.arrived >= b.parties-1 && (planted(\"miscounted-barrier\") || b.waiters.count() == b.parties-1) {",
	},
	{
		name: "first-result-lost", foundBy: "TestExploredFuture",
		// The second result replaces the first.
		file: "future.go",
		old:  "if f.access() == nil && f.state == pending {",
		new:  "if f.access() == nil && (f.state == pending || planted(\"first-result-lost\")) {",
	},
	{
		name: "one-of-many", foundBy: "TestExploredEvent",
		// Set wakes one of those who wait.
		file: "waitqueue.go",
		old:  "for p.wakeFirst(ws) != nil {\n\t}",
		new:  "for p.wakeFirst(ws) != nil && !planted(\"one-of-many\") {\n\t}",
	},
	{
		name: "forgotten-putters", foundBy: "TestExploredShutdown",
		// Shutdown leaves those who wait for room waiting.
		file: "queue.go",
		old:  "q.wakeAll(&q.putters)",
		new:  "if !planted(\"forgotten-putters\") {\n\t\tq.wakeAll(&q.putters)\n\t}",
	},
}

// switchFile declares planted for package asyncio.
const switchFile = `package asyncio

import "os"

var plantedBug = os.Getenv("` + plantedVariable + `")

func planted(name string) bool { return name == plantedBug }
`

// TestPlantedBugs puts bugs into package asyncio, and wants each to be found by the explored test
// that is meant for it, and none without a bug.
func TestPlantedBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the package anew; not with -short")
	}
	binary := buildPlanted(t)
	if out, err := runPlanted(binary, "", "TestExplored"); err != nil {
		t.Fatalf("without a bug the explored tests fail: %v\n%s", err, out)
	}
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			out, err := runPlanted(binary, bug.name, "^"+bug.foundBy+"$")
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("%s does not find it (%v)", bug.foundBy, err)
			}
			t.Logf("%s", out)
			token := regexp.MustCompile(scheduleToken).FindSubmatch(out)
			if token == nil {
				t.Fatal("it does not fail by a schedule")
			}
			// The token leads to the failure at once.
			if _, err := runPlanted(binary, bug.name, "^"+bug.foundBy+"$", "ASYNCIOTEST_SCHEDULE="+string(token[1])); !errors.As(err, &exit) {
				t.Errorf("the replay of %s does not fail (%v)", token[1], err)
			}
			if out, err := runPlanted(binary, "", "^"+bug.foundBy+"$", "ASYNCIOTEST_SCHEDULE="+string(token[1])); err != nil && !strings.Contains(string(out), "not the same in each run") {
				t.Errorf("the replay of %s fails without the bug, too: %s", token[1], out)
			}
		})
	}
}

const scheduleToken = `ASYNCIOTEST_SCHEDULE=(\S+) go test`

func runPlanted(binary, bug, run string, env ...string) ([]byte, error) {
	cmd := exec.Command(binary, "-test.run", run, "-test.timeout", "5m")
	cmd.Env = append(append(os.Environ(), plantedVariable+"="+bug), env...)
	return cmd.CombinedOutput()
}

// buildPlanted compiles the tests of this package against package asyncio with all bugs.
func buildPlanted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{filepath.Join(root, "planted.go"): switchFile}
	for _, bug := range planted {
		path := filepath.Join(root, bug.file)
		if _, read := files[path]; !read {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = string(text)
		}
		if n := strings.Count(files[path], bug.old); n != 1 {
			t.Fatalf("%s: what is to be replaced is %d times in %s, not once; adapt it", bug.name, n, bug.file)
		}
		files[path] = strings.Replace(files[path], bug.old, bug.new, 1)
	}
	overlay := map[string]map[string]string{"Replace": {}}
	for path, text := range files {
		copied := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][path] = copied
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	listFile, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "planted.test")
	if err := os.WriteFile(listFile, list, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-c", "-overlay", listFile, "-o", binary, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%w: %s", err, out))
	}
	return binary
}
