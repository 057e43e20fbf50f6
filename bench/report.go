// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// A report holds what all runs found out.
type report struct {
	Machine    machine      `json:"machine"`
	Rounds     int          `json:"rounds"`
	Scale      float64      `json:"scale"`
	Contenders []*contender `json:"contenders"`
	Workloads  []workload   `json:"workloads"`
	// Runs has one entry per round: null where the run failed.
	Runs map[string]map[string][]results `json:"runs"` // by workload and contender
	// Summary is what the table shows.
	Summary  map[string]map[string]summary `json:"summary"` // by workload and contender
	Verdicts []verdict                     `json:"verdicts"`
}

type machine struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
	CPU  string `json:"cpu"`
	CPUs int    `json:"cpus"`
	Go   string `json:"go"`
}

// A summary is about one contender in one workload.
type summary struct {
	Median results `json:"median"` // of the rounds
	// Ratio is the median, over the rounds, of the contender's value by ours of the same round: how
	// many times faster, or smaller, ours is.
	Ratio float64 `json:"ratio,omitempty"`
}

func newReport(contenders []*contender, rounds int, scale float64) *report {
	m := machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: cpuModel(), CPUs: runtime.NumCPU(), Go: runtime.Version()}
	return &report{Machine: m, Rounds: rounds, Scale: scale, Contenders: contenders, Runs: map[string]map[string][]results{}}
}

func cpuModel() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func (r *report) add(workload, contender string, values results) {
	if r.Runs[workload] == nil {
		r.Runs[workload] = map[string][]results{}
	}
	r.Runs[workload][contender] = append(r.Runs[workload][contender], values)
}

// conclude computes the summary and the verdicts.
func (r *report) conclude() {
	r.Summary = map[string]map[string]summary{}
	for _, w := range workloads {
		if r.Runs[w.Name] == nil {
			continue
		}
		r.Workloads = append(r.Workloads, w)
		r.Summary[w.Name] = map[string]summary{}
		for key, runs := range r.Runs[w.Name] {
			s := summary{Median: results{}}
			for _, run := range runs {
				for metric := range run {
					s.Median[metric] = median(valuesOf(runs, metric))
				}
			}
			if ratio := ratioOf(runs, r.Runs[w.Name][keyOurs]); key != keyOurs && !math.IsNaN(ratio) {
				s.Ratio = ratio
			}
			r.Summary[w.Name][key] = s
		}
	}
	for _, t := range targets {
		if r.Runs[t.workload] != nil {
			r.Verdicts = append(r.Verdicts, t.judge(r))
		}
	}
}

// valuesOf gives one metric of each run that has it.
func valuesOf(runs []results, metric string) []float64 {
	var values []float64
	for _, run := range runs {
		if v, ok := run[metric]; ok {
			values = append(values, v)
		}
	}
	return values
}

// ratioOf gives the median over the rounds of a's value by b's, NaN if there is none.
func ratioOf(a, b []results) float64 {
	var ratios []float64
	for i := range min(len(a), len(b)) {
		x, okX := a[i]["value"]
		y, okY := b[i]["value"]
		if okX && okY && y > 0 {
			ratios = append(ratios, x/y)
		}
	}
	return median(ratios)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// A target is one figure that asyncio for Go has to reach.
type target struct {
	workload string
	// rival and times: be so many times faster than this contender.
	rival string
	times float64
	// metric and atMost: keep this number of ours within a bound.
	metric string
	atMost float64
	// event and atMost: an event that this variant of ours records takes so many ns at most,
	// besides two reads of the clock.
	event string
	// over and factor: be at most this factor slower than in this other workload.
	over   string
	factor float64
}

var targets = []target{
	{workload: "call_soon", rival: keyPython13, times: 80},
	{workload: "call_soon", rival: keyRloop, times: 10},
	{workload: "sleep0", rival: keyPython13, times: 14},
	{workload: "sleep0", rival: keyUvloop, times: 8},
	{workload: "sleep0", rival: keyRloop, times: 3.5},
	{workload: "sleep0", rival: keyNoHooks, times: 0.98}, // hooks that are off: at most 2 %
	{workload: "sleep0", event: keyRecorded, atMost: 100},
	{workload: "sleep0", event: keySites, atMost: math.Inf(1)}, // to be known
	{workload: "create_await", rival: keyPython13, times: 14},
	{workload: "create_await", rival: keyUvloop, times: 8},
	{workload: "create_await", rival: keyRloop, times: 5},
	{workload: "create_await", rival: keyGo, times: 1.6},
	{workload: "create_await", metric: "allocs", atMost: 2},
	{workload: "lock", rival: keyPython13, times: 20},
	{workload: "lock", rival: keyPython14, times: 8},
	{workload: "lock", metric: "allocs", atMost: 0.001},
	{workload: "queue1", rival: keyPython13, times: 20},
	{workload: "queue1", rival: keyUvloop, times: 12},
	{workload: "queue1", metric: "allocs", atMost: 0.001},
	{workload: "to_thread", rival: keyPython13, times: 5},
	{workload: "to_thread", rival: keyPython14, times: 5},
	{workload: "to_thread", rival: keyUvloop, times: 5},
	{workload: "timer-1000", rival: keyGo, times: 5},
	{workload: "timer-100000", rival: keyGo, times: 5},
	{workload: "timer-1000000", rival: keyGo, times: 5},
	{workload: "timer-1000000", over: "timer-1000", factor: 2},
	{workload: "threadsafe", rival: keyPython13, times: 5},
	{workload: "sleepers", rival: keyPython14, times: 5}, // aim at 10
	{workload: "memory", metric: "value", atMost: 3.5 * 1024},
	{workload: "syscalls-sleep5ms", metric: "value", atMost: 6},
	{workload: "syscalls-sleep0", metric: "value", atMost: 1000.0 / 16},
	{workload: "syscalls-burst", metric: "value", atMost: 1},
}

// A verdict says whether a target is reached.
type verdict struct {
	Workload string   `json:"workload"`
	Text     string   `json:"text"`
	Want     float64  `json:"want"`
	Got      *float64 `json:"got"` // null if not measured
	Met      bool     `json:"met"`
}

func (t target) judge(r *report) verdict {
	v := verdict{Workload: t.workload}
	var got float64
	ours := r.Runs[t.workload][keyOurs]
	switch {
	case t.rival != "":
		got = ratioOf(r.Runs[t.workload][t.rival], ours)
		v.Want, v.Met = t.times, got >= t.times
		v.Text = fmt.Sprintf("the time of %s is %s times ours, want at least %s", r.nameOf(t.rival), decimal(got), decimal(t.times))
	case t.event != "":
		got = perEvent(r.Runs[t.workload][t.event], ours)
		v.Want, v.Met = t.atMost, got <= t.atMost
		v.Text = fmt.Sprintf("%s ns for an event of %s, its clock read included", decimal(got), r.nameOf(t.event))
		if !math.IsInf(t.atMost, 1) {
			v.Text += fmt.Sprintf(", want at most %s besides two clock reads", decimal(t.atMost))
		}
	case t.over != "":
		got = ratioOf(ours, r.Runs[t.over][keyOurs])
		v.Want, v.Met = t.factor, got <= t.factor
		v.Text = fmt.Sprintf("%s times the time of %s, want at most %s", decimal(got), t.over, decimal(t.factor))
	default:
		got = median(valuesOf(ours, t.metric))
		unit := t.metric
		if unit == "value" {
			unit = r.unitOf(t.workload)
		}
		v.Want, v.Met = t.atMost, got <= t.atMost
		v.Text = fmt.Sprintf("%s %s, want at most %s", decimal(got), unit, decimal(t.atMost))
	}
	if !math.IsNaN(got) {
		v.Got = &got
	}
	return v
}

// eventsPerSwitch is how many records one Sleep(0) makes: begin and end of the turn and of the
// step, what the task waits for, and that it was woken.
const eventsPerSwitch = 6

// perEvent is the median over the rounds of what recording adds, for each event.
func perEvent(recorded, ours []results) float64 {
	var added []float64
	for i := range min(len(recorded), len(ours)) {
		with, ok1 := recorded[i]["value"]
		without, ok2 := ours[i]["value"]
		if ok1 && ok2 {
			added = append(added, (with-without)/eventsPerSwitch)
		}
	}
	return median(added)
}

func (r *report) nameOf(key string) string {
	for _, c := range r.Contenders {
		if c.Key == key {
			return c.Name
		}
	}
	return key
}

func (r *report) unitOf(name string) string {
	for _, w := range r.Workloads {
		if w.Name == name {
			return w.Unit
		}
	}
	return ""
}

func (r *report) writeMarkdown(out io.Writer) {
	fmt.Fprintf(out, "%s, %d CPUs, %s/%s, %s. Medians of %d rounds; in brackets, how many times ours.\n\n",
		r.Machine.CPU, r.Machine.CPUs, r.Machine.OS, r.Machine.Arch, r.Machine.Go, r.Rounds)
	if r.Scale != 1 {
		fmt.Fprintf(out, "A trial with %v times the operations; the targets are meant for all of them.\n\n", r.Scale)
	}
	header, rule := "| workload | unit |", "|---|---|"
	for _, c := range r.Contenders {
		if c.Skipped == "" {
			header += " " + c.Name + " |"
			rule += "---:|"
		}
	}
	fmt.Fprintf(out, "%s\n%s\n", header, rule)
	for _, w := range r.Workloads {
		unit, divisor := w.Unit, 1.0
		if w.Name == "sleepers" {
			unit, divisor = "ms", 1e6
		}
		fmt.Fprintf(out, "| %s | %s |", w.What, unit)
		for _, c := range r.Contenders {
			if c.Skipped != "" {
				continue
			}
			s, ok := r.Summary[w.Name][c.Key]
			value, found := s.Median["value"]
			switch {
			case !ok:
				fmt.Fprint(out, " |")
			case !found:
				fmt.Fprint(out, " failed |")
			case s.Ratio != 0:
				fmt.Fprintf(out, " %s (%s) |", decimal(value/divisor), decimal(s.Ratio))
			default:
				fmt.Fprintf(out, " %s |", decimal(value/divisor))
			}
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
	for _, c := range r.Contenders {
		if c.Skipped != "" {
			fmt.Fprintf(out, "- without %s: %s\n", c.Name, c.Skipped)
		}
	}
	for _, v := range r.Verdicts {
		word := "not met"
		switch {
		case v.Got == nil:
			word = "not measured"
		case v.Met:
			word = "met"
		}
		fmt.Fprintf(out, "- %s: %s: %s\n", word, v.Workload, v.Text)
	}
}

// decimal prints three significant digits or the whole number, with commas.
func decimal(x float64) string {
	if math.IsNaN(x) {
		return "?"
	}
	if math.Abs(x) < 100 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	s := strconv.FormatFloat(math.Round(x), 'f', -1, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
