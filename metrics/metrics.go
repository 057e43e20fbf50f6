// SPDX-License-Identifier: Apache-2.0

// Package metrics publishes the statistics of loops and executors: as a page of metrics in the text
// format of Prometheus, and as a variable of package expvar.
//
//	m := metrics.New()
//	m.AddLoop(asyncio.RunningLoop(ctx))
//	expvar.Publish("asyncio", m)
//	http.Handle("/metrics", m)
//
// A loop tells its counts between two callbacks. If a loop stands still for longer than a second,
// the page has only its histograms and its stalls, which need no answer. So the page of a program
// in trouble still comes in time.
package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gocurtain/asyncio"
)

// Metrics is a set of loops and executors whose statistics are published. Any goroutine may use it.
// Do not serve pages on a loop's goroutine (package net/http does not): a request blocks until all
// other loops have answered.
type Metrics struct {
	mu        sync.Mutex
	loops     []*asyncio.Loop
	executors []*asyncio.Executor
}

// New returns an empty set.
func New() *Metrics { return &Metrics{} }

// AddLoop adds a loop. A closed loop is left out. AddLoop panics if l is nil, as
// asyncio.RunningLoop returns it outside of a loop.
func (m *Metrics) AddLoop(l *asyncio.Loop) {
	if l == nil {
		panic(fmt.Errorf("metrics: AddLoop: %w", asyncio.ErrNoTask))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loops = append(m.loops, l)
}

// AddExecutor adds an executor. It panics if e is nil.
func (m *Metrics) AddExecutor(e *asyncio.Executor) {
	if e == nil {
		panic(fmt.Errorf("metrics: AddExecutor: the executor is nil: %w", os.ErrInvalid))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.executors = append(m.executors, e)
}

// answerWithin is how long a loop may take to answer.
const answerWithin = time.Second

// loop is what is known of a loop.
type loop struct {
	name    string
	stats   asyncio.LoopStats
	err     error // of one that has not answered
	latency asyncio.Latency
}

// hasEnded is a context for calls that must not wait.
var hasEnded = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// gather asks all loops at the same time. Those that are closed meanwhile are left out.
func (m *Metrics) gather(ctx context.Context) ([]loop, []*asyncio.Executor) {
	m.mu.Lock()
	m.loops = slices.DeleteFunc(m.loops, (*asyncio.Loop).IsClosed)
	loops, executors := slices.Clone(m.loops), slices.Clone(m.executors)
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answers := make([]loop, len(loops))
	var all sync.WaitGroup
	for i, l := range loops {
		a := &answers[i]
		a.name = l.Name()
		if a.stats, a.err = l.StatsThreadsafe(hasEnded); a.err == nil {
			continue // the caller is on its goroutine
		}
		all.Go(func() { a.stats, a.err = l.StatsThreadsafe(ctx) })
	}
	all.Wait()
	for i, l := range loops {
		answers[i].latency = l.Latency()
	}
	answers = slices.DeleteFunc(answers, func(a loop) bool { return errors.Is(a.err, asyncio.ErrLoopClosed) })
	return answers, executors
}

// ServeHTTP writes the page for Prometheus.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	loops, executors := m.gather(r.Context())
	var p page
	p.loops(loops)
	p.executors(executors)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(p.Bytes()) // an error means that the client has gone
}

// page is text in the format of Prometheus, version 0.0.4.
type page struct{ bytes.Buffer }

// gauges are the counts that a loop must answer for.
var gauges = []struct {
	name, help string
	value      func(asyncio.LoopStats) int
}{
	{"ready", "Callbacks and steps that are ready to run.", func(s asyncio.LoopStats) int { return s.Ready }},
	{"timers", "Timers armed.", func(s asyncio.LoopStats) int { return s.Timers }},
	{"tasks", "Tasks that have not ended.", func(s asyncio.LoopStats) int { return s.Tasks }},
	{"watches", "Descriptors watched.", func(s asyncio.LoopStats) int { return s.Watches }},
	{"coroutines", "Coroutines kept for tasks to come.", func(s asyncio.LoopStats) int { return s.Coroutines }},
	{"jobs", "Blocking functions in executors that the loop will hear of.", func(s asyncio.LoopStats) int { return s.Jobs }},
}

func (p *page) loops(loops []loop) {
	p.metric("asyncio_loop_answers", "gauge", "Whether the loop has answered within a second.")
	for _, l := range loops {
		p.sample("asyncio_loop_answers", label("loop", l.name), asNumber(l.err == nil))
	}
	for _, g := range gauges {
		name := "asyncio_loop_" + g.name
		p.metric(name, "gauge", g.help)
		for _, l := range loops {
			if l.err == nil {
				p.sample(name, label("loop", l.name), float64(g.value(l.stats)))
			}
		}
	}
	p.metric("asyncio_loop_stalls_total", "counter", "Callbacks and steps that were reported for holding the loop.")
	for _, l := range loops {
		p.sample("asyncio_loop_stalls_total", label("loop", l.name), float64(l.latency.Stalls))
	}
	p.metric("asyncio_loop_longest_stall_seconds", "gauge", "The longest stall that is over.")
	for _, l := range loops {
		p.sample("asyncio_loop_longest_stall_seconds", label("loop", l.name), l.latency.LongestStall.Seconds())
	}
	p.histograms("asyncio_loop_turn_seconds", "How long the callbacks and steps of a turn take together, a sample.", loops,
		func(l loop) asyncio.Histogram { return l.latency.Turns })
	p.histograms("asyncio_loop_delay_seconds", "How long a callback that is ready waits for its turn, a sample.", loops,
		func(l loop) asyncio.Histogram { return l.latency.Delays })
}

func (p *page) executors(executors []*asyncio.Executor) {
	for _, g := range []struct {
		name, kind, help string
		value            func(asyncio.ExecutorStats) float64
	}{
		{"workers", "gauge", "Jobs that may run at once.", func(s asyncio.ExecutorStats) float64 { return float64(s.Workers) }},
		{"running", "gauge", "Jobs that run.", func(s asyncio.ExecutorStats) float64 { return float64(s.Running) }},
		{"queued", "gauge", "Jobs that wait for a worker.", func(s asyncio.ExecutorStats) float64 { return float64(s.Queued) }},
		{"done_total", "counter", "Jobs that have ended.", func(s asyncio.ExecutorStats) float64 { return float64(s.Done) }},
	} {
		name := "asyncio_executor_" + g.name
		p.metric(name, g.kind, g.help)
		for _, e := range executors {
			p.sample(name, label("executor", e.Name()), g.value(e.Stats()))
		}
	}
}

// metric begins the samples of a metric.
func (p *page) metric(name, kind, help string) {
	fmt.Fprintf(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func (p *page) sample(name, labels string, value float64) {
	fmt.Fprintf(p, "%s{%s} %s\n", name, labels, strconv.FormatFloat(value, 'g', -1, 64))
}

// The limits of the buckets on the page: 2^10 ns, about a microsecond, to 2^36 ns, about a minute.
// They are powers of two, at which the loop's own buckets end too.
const (
	firstLimit = 10
	lastLimit  = 36
)

func (p *page) histograms(name, help string, loops []loop, of func(loop) asyncio.Histogram) {
	p.metric(name, "histogram", help)
	for _, l := range loops {
		h := of(l)
		labels := label("loop", l.name)
		for power := firstLimit; power <= lastLimit; power += 2 {
			limit := time.Duration(1) << power
			p.sample(name+"_bucket", labels+`,le="`+strconv.FormatFloat(limit.Seconds(), 'g', -1, 64)+`"`, float64(below(&h, limit)))
		}
		p.sample(name+"_bucket", labels+`,le="+Inf"`, float64(h.Count))
		p.sample(name+"_sum", labels, h.Sum.Seconds())
		p.sample(name+"_count", labels, float64(h.Count))
	}
}

// below counts the durations that are shorter than limit.
func below(h *asyncio.Histogram, limit time.Duration) (n uint64) {
	for end, count := range h.Buckets() {
		if end <= limit {
			n += count
		}
	}
	return n
}

// label is a label with its value, in which three characters are special.
func label(name, value string) string {
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	return name + `="` + escape.Replace(strings.ToValidUTF8(value, "\uFFFD")) + `"`
}

func asNumber(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// String returns all statistics as JSON. It makes m a variable of package expvar.
func (m *Metrics) String() string {
	loops, executors := m.gather(context.Background())
	type latency struct {
		Count    uint64
		P50, P99 time.Duration
		Max      time.Duration
	}
	type loopJSON struct {
		Answers       bool
		Stats         *asyncio.LoopStats `json:",omitempty"`
		Turns, Delays latency
		Stalls        uint64
		LongestStall  time.Duration
	}
	summary := func(h asyncio.Histogram) latency {
		return latency{Count: h.Count, P50: h.Quantile(0.5), P99: h.Quantile(0.99), Max: h.Max}
	}
	all := struct {
		Loops     map[string]loopJSON
		Executors map[string]asyncio.ExecutorStats
	}{map[string]loopJSON{}, map[string]asyncio.ExecutorStats{}}
	for _, l := range loops {
		j := loopJSON{Answers: l.err == nil, Turns: summary(l.latency.Turns), Delays: summary(l.latency.Delays),
			Stalls: l.latency.Stalls, LongestStall: l.latency.LongestStall}
		if l.err == nil {
			j.Stats = &l.stats
		}
		all.Loops[l.name] = j
	}
	for _, e := range executors {
		all.Executors[e.Name()] = e.Stats()
	}
	text, err := json.Marshal(all)
	if err != nil {
		return strconv.Quote(err.Error())
	}
	return string(text)
}
