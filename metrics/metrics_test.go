// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
	"github.com/gocurtain/asyncio/metrics"
)

func TestMain(m *testing.M) { asynciotest.Main(m) }

// get is the page as Prometheus gets it.
func get(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if kind := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("status %d, %s", w.Code, kind)
	}
	return w.Body.String()
}

var (
	comment = regexp.MustCompile(`^# (HELP|TYPE) [a-z_]+ \S.*$`)
	line    = regexp.MustCompile(`^([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\[\\n"])*",?)+)\} (\S+)$`)
)

// check parses a page, and returns the values of all samples.
func check(t *testing.T, page string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	last := map[string]float64{}
	for text := range strings.Lines(page) {
		text = strings.TrimSuffix(text, "\n")
		if comment.MatchString(text) {
			continue
		}
		m := line.FindStringSubmatch(text)
		if m == nil {
			t.Errorf("what is %q?", text)
			continue
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil || value < 0 {
			t.Errorf("%s: %v", text, err)
		}
		if _, twice := values[m[1]+m[2]]; twice {
			t.Errorf("%s is there twice", text)
		}
		values[m[1]+m[2]] = value
		if name, ok := strings.CutSuffix(m[1], "_bucket"); ok {
			if key := name + strings.SplitN(m[2], ",le=", 2)[0]; value < last[key] {
				t.Errorf("%s is less than the bucket before", text)
			} else {
				last[key] = value
			}
		}
	}
	for name, value := range values {
		if key, ok := strings.CutSuffix(name, `,le="+Inf"`); ok {
			count := strings.Replace(key, "_bucket", "_count", 1)
			if values[count] != value {
				t.Errorf("%s is %v, the count %v", name, value, values[count])
			}
		}
	}
	return values
}

// run runs main on a loop that m knows, on a goroutine of its own.
func run(t *testing.T, m *metrics.Metrics, name string, main func(ctx context.Context) error) {
	t.Helper()
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true, Loop: asyncio.LoopConfig{
		Name: name, StallHandler: func(asyncio.Stall) {},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.AddLoop(r.Loop())
	if err := errors.Join(r.Run(main), r.Close()); err != nil {
		t.Error(err)
	}
}

// elsewhere calls fn on another goroutine, while the loop goes on.
func elsewhere(ctx context.Context, fn func()) error {
	_, err := asyncio.ToThread(ctx, func(context.Context) (struct{}, error) {
		fn()
		return struct{}{}, nil
	})
	return err
}

func TestPage(t *testing.T) {
	m := metrics.New()
	e := asyncio.NewExecutor(asyncio.ExecutorConfig{Name: "disk", Workers: 3})
	m.AddExecutor(e)
	const odd = "a\"b\\c\nd\xff"
	run(t, m, odd, func(ctx context.Context) error {
		for range 600 {
			if err := asyncio.Sleep(ctx, 0); err != nil {
				return err
			}
		}
		if _, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) { return 0, nil }); err != nil {
			return err
		}
		return elsewhere(ctx, func() {
			values := check(t, get(t, m))
			labels := `loop="a\"b\\c\nd` + "\uFFFD\""
			for name, want := range map[string]float64{
				"asyncio_loop_answers" + labels: 1, "asyncio_loop_tasks" + labels: 1, "asyncio_loop_jobs" + labels: 1,
				"asyncio_loop_stalls_total" + labels: 0, `asyncio_executor_workersexecutor="disk"`: 3,
			} {
				if got, ok := values[name]; !ok || got != want {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
			}
			if values["asyncio_loop_turn_seconds_count"+labels] < 2 {
				t.Errorf("%v turns", values["asyncio_loop_turn_seconds_count"+labels])
			}
		})
	})
	if page := get(t, m); strings.Contains(page, "loop=") {
		t.Errorf("the loop is closed, but there:\n%s", page)
	}
	if err := e.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// A loop that stands still does not hold up the page.
func TestPageOfStall(t *testing.T) {
	m := metrics.New()
	run(t, m, "stuck", func(context.Context) error {
		done := make(chan map[string]float64)
		go func() { done <- check(t, get(t, m)) }()
		values := <-done
		if answers, ok := values[`asyncio_loop_answersloop="stuck"`]; !ok || answers != 0 {
			t.Errorf("it answers: %v", answers)
		}
		if _, ok := values[`asyncio_loop_tasksloop="stuck"`]; ok {
			t.Error("it has said how many tasks there are")
		}
		return nil
	})
}

// A loop that makes the page itself has its own numbers on it, and does not wait for them.
func TestPageOfOwnLoop(t *testing.T) {
	m := metrics.New()
	run(t, m, "main", func(ctx context.Context) error {
		values := check(t, get(t, m))
		if values[`asyncio_loop_answersloop="main"`] != 1 || values[`asyncio_loop_tasksloop="main"`] != 1 {
			t.Errorf("it is %v", values)
		}
		return nil
	})
}

// A loop that is closed while it is asked is left out.
func TestPageOfClosedLoop(t *testing.T) {
	m := metrics.New()
	l, err := asyncio.NewLoop(asyncio.LoopConfig{Name: "main"})
	if err != nil {
		t.Fatal(err)
	}
	m.AddLoop(l)
	page := make(chan string)
	go func() { page <- get(t, m) }()
	for range 100 {
		runtime.Gosched() // whether it was asked by now makes no difference
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if got := <-page; strings.Contains(got, "loop=") {
		t.Errorf("the loop is closed, but there:\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	m := metrics.New()
	run(t, m, "main", func(ctx context.Context) error {
		return elsewhere(ctx, func() {
			var got struct {
				Loops map[string]struct {
					Answers bool
					Stats   asyncio.LoopStats
				}
			}
			if err := json.Unmarshal([]byte(m.String()), &got); err != nil {
				t.Error(err)
			}
			if l := got.Loops["main"]; !l.Answers || l.Stats.Tasks != 1 {
				t.Errorf("it is %+v", got)
			}
		})
	})
}

// FuzzPage: a page is well-formed whatever loops and executors are called.
func FuzzPage(f *testing.F) {
	f.Add("main", "disk")
	f.Add("\"\n\\", "}\xff{")
	f.Fuzz(func(t *testing.T, loop, executor string) {
		m := metrics.New()
		m.AddExecutor(asyncio.NewExecutor(asyncio.ExecutorConfig{Name: executor}))
		run(t, m, loop, func(ctx context.Context) error {
			return elsewhere(ctx, func() { check(t, get(t, m)) })
		})
	})
}
