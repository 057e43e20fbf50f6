// SPDX-License-Identifier: Apache-2.0

// Bench compares asyncio for Go with its rivals: CPython's asyncio, uvloop, rloop, and Go without a
// loop. README.md says what is measured and how.
//
//	go run . [-rounds 5] [-only REGEXP] [-python PATH]... [-scale 1] [-json]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		if err := child(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A stringList is a flag that may be given several times.
type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ",") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }

func run() error {
	var pythons stringList
	rounds := flag.Int("rounds", 5, "how often each contender runs each workload")
	only := flag.String("only", "", "run only the workloads whose name matches this `regexp`")
	scale := flag.Float64("scale", 1, "multiply the number of operations of each run")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Var(&pythons, "python", "a CPython `interpreter` to compare with, besides 3.13 and 3.14 or in their place; may be repeated")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see -help", flag.Arg(0))
	}
	filter, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}

	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	script := filepath.Join(dir, "workloads.py")
	if err := os.WriteFile(script, []byte(pythonWorkloads), 0o600); err != nil {
		return err
	}

	report := newReport(findContenders(pythons, script, dir), *rounds, *scale)
	for _, c := range report.Contenders {
		if c.Skipped != "" {
			progress("without %s: %s", c.Name, c.Skipped)
		}
	}
	start := time.Now()
	for round := range *rounds {
		for _, w := range workloads {
			if w.once && round > 0 || !filter.MatchString(w.Name) {
				continue
			}
			for i := range report.Contenders {
				// Each round begins with another contender.
				c := report.Contenders[(i+round)%len(report.Contenders)]
				if c.Skipped != "" || w.n(c) == 0 {
					continue
				}
				progress("%4.0fs round %d of %d: %s, %s", time.Since(start).Seconds(), round+1, *rounds, w.Name, c.Name)
				values, err := w.measure(c, max(1, int(float64(w.n(c))**scale)))
				if err != nil {
					progress("%s, %s: %v", w.Name, c.Name, err)
				}
				report.add(w.Name, c.Key, values) // also if it failed, so that rounds stay aligned
			}
		}
	}
	report.conclude()
	if *asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	report.writeMarkdown(os.Stdout)
	return nil
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
