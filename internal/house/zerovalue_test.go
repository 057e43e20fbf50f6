// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/metrics"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/record"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
	"github.com/gocurtain/asyncio/trace"
	tracemodel "github.com/gocurtain/asyncio/trace/model"
	"github.com/gocurtain/asyncio/trace/timeline"
	"github.com/gocurtain/asyncio/trace/validate"
	"github.com/gocurtain/asyncio/viewer"
	"github.com/gocurtain/asyncio/waitgraph"
)

// zeroValues are the types of each package that have something to do. Others, such as
// configurations and statistics, are data without methods of consequence; they are called all the
// same.
var zeroValues = map[string][]any{
	".": {
		asyncio.Barrier{}, asyncio.BarrierStats{}, asyncio.BoundedSemaphore{}, asyncio.CancelError{}, asyncio.ConcurrentFuture[int]{},
		asyncio.Condition{}, asyncio.ConditionStats{}, asyncio.Event{}, asyncio.EventStats{}, asyncio.ExceptionContext{}, asyncio.Executor{},
		asyncio.ExecutorConfig{}, asyncio.ExecutorStats{}, asyncio.Future[int]{}, asyncio.Handle{}, asyncio.Histogram{}, asyncio.Latency{},
		asyncio.LIFOQueue[int]{}, asyncio.Lock{}, asyncio.LockStats{}, asyncio.Loop{}, asyncio.LoopConfig{}, asyncio.LoopStats{}, asyncio.NopHooks{},
		asyncio.PanicError{}, asyncio.PriorityQueue[int]{}, asyncio.Queue[int]{}, asyncio.QueueStats{}, asyncio.Choice{},
		asyncio.Result[int]{}, asyncio.Runner{}, asyncio.RunnerConfig{}, asyncio.Semaphore{}, asyncio.SemaphoreStats{}, asyncio.SignalError{},
		asyncio.Stall{}, asyncio.Task[int]{}, asyncio.TaskGroup{}, asyncio.Timeout{},
		asyncio.TimerHandle{}, asyncio.WaitQueue{},
	},
	"waitgraph":             {waitgraph.Frame{}, waitgraph.Graph{}, waitgraph.Loop{}, waitgraph.Task{}, waitgraph.Thread{}, waitgraph.Wait{}, waitgraph.Wake{}},
	"asynciotest":           {asynciotest.Exploration{}, asynciotest.ExploreConfig{}},
	"export/chrome":         {chrome.Writer{}},
	"metrics":               {metrics.Metrics{}},
	"pytrace":               {pytrace.Options{}, pytrace.Probe{}},
	"record":                {record.Options{}},
	"selector":              {selector.Event{}, selector.Key{}},
	"selector/selectortest": {selectortest.Fake{}, selectortest.FakeWaker{}},
	"trace": {
		trace.Enum{}, trace.Producer{}, trace.Record{}, trace.Ring{}, trace.RingOptions{}, trace.Site{}, trace.Source{}, trace.Spec{}, trace.Stream{},
	},
	"trace/model": {
		tracemodel.BecameReady{}, tracemodel.Beginning{}, tracemodel.Call{}, tracemodel.CancelRequested{}, tracemodel.Cause{}, tracemodel.ConnectionClosed{}, tracemodel.ConnectionOpened{}, tracemodel.Counter{}, tracemodel.Created{}, tracemodel.Gap{},
		tracemodel.Handle{}, tracemodel.JobBegins{}, tracemodel.JobSubmitted{}, tracemodel.Line{}, tracemodel.Link{}, tracemodel.LinkEnd{}, tracemodel.Loop{}, tracemodel.Mark{}, tracemodel.Moment{},
		tracemodel.Named{}, tracemodel.OutsideCall{}, tracemodel.Poll{}, tracemodel.ProcessStarted{}, tracemodel.Program{}, tracemodel.Ready{}, tracemodel.Recording{}, tracemodel.Resolved{},
		tracemodel.Run{}, tracemodel.Scheduled{}, tracemodel.Section{}, tracemodel.SleepBegins{}, tracemodel.Span{}, tracemodel.Step{}, tracemodel.SystemCall{}, tracemodel.Task{},
		tracemodel.ThreadNamed{}, tracemodel.Transfer{}, tracemodel.Turn{}, tracemodel.Unscheduled{}, tracemodel.Wait{}, tracemodel.Woken{},
	},
	"trace/timeline": {
		timeline.Arg{}, timeline.Arrow{}, timeline.Counter{}, timeline.Lane{}, timeline.Picture{}, timeline.Point{}, timeline.Process{}, timeline.Slice{},
	},
	"trace/validate": {validate.Problem{}},
	"viewer":         {viewer.Options{}, viewer.Server{}},
}

// Each method of a zero value works, or says in one line what to call instead: no nil pointer is
// followed, nothing waits for ever, nothing is dropped in silence.
func TestZeroValues(t *testing.T) {
	for dir, values := range zeroValues {
		listed := map[string]bool{}
		for _, v := range values {
			typ := reflect.TypeOf(v)
			name, _, _ := strings.Cut(typ.Name(), "[")
			listed[name] = true
			for i := range reflect.PointerTo(typ).NumMethod() {
				checkZeroValue(t, typ, reflect.PointerTo(typ).Method(i))
			}
		}
		for _, name := range exportedStructs(t, dir) {
			if !listed[name] && notMadeByUsers[dir+"."+name] == "" {
				t.Errorf("%s: the type %s is not in the table of zero values", dir, name)
			}
		}
	}
}

// notMadeByUsers are left out, with the reason.
var notMadeByUsers = map[string]string{
	"asynciotest.T":   "its methods are those of the testing.TB that it was given, and a zero one has none",
	"record.Recorder": "it is on the way of each event, and does not look for a recording that is missing",
}

func checkZeroValue(t *testing.T, typ reflect.Type, m reflect.Method) {
	t.Helper()
	what := "zero " + typ.String() + ", " + m.Name
	asynciotest.Run(t, func(ctx context.Context, _ *asynciotest.T) {
		ctx, cancel := asyncio.WithTimeout(ctx, time.Second)
		defer cancel()
		defer func() {
			switch v := recover().(type) {
			case nil:
			case runtime.Error:
				t.Errorf("%s: panic: %v", what, v)
			case error:
				checkOneLine(t, what, v)
			default:
				t.Errorf("%s: panic with %T: %v", what, v, v)
			}
		}()
		for _, result := range m.Func.Call(arguments(ctx, typ, m)) {
			if err, ok := result.Interface().(error); ok {
				checkOneLine(t, what, err)
			}
		}
	})
}

func checkOneLine(t *testing.T, what string, err error) {
	t.Helper()
	if text := err.Error(); text == "" || strings.Contains(text, "\n") {
		t.Errorf("%s: the error is %q, want one line", what, text)
	}
}

// arguments are the simplest ones: a zero receiver, functions that do nothing, zero values.
func arguments(ctx context.Context, typ reflect.Type, m reflect.Method) []reflect.Value {
	args := []reflect.Value{reflect.New(typ)}
	for i := 1; i < m.Type.NumIn(); i++ {
		in := m.Type.In(i)
		switch {
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(ctx))
		case in == reflect.TypeFor[http.ResponseWriter]():
			args = append(args, reflect.ValueOf(httptest.NewRecorder()))
		case in == reflect.TypeFor[*http.Request]():
			args = append(args, reflect.ValueOf(httptest.NewRequestWithContext(ctx, "GET", "/", nil)))
		case in.Kind() == reflect.Func:
			args = append(args, reflect.MakeFunc(in, func([]reflect.Value) (results []reflect.Value) {
				for k := range in.NumOut() {
					results = append(results, reflect.Zero(in.Out(k)))
				}
				return results
			}))
		case in.Kind() == reflect.Slice && m.Type.IsVariadic():
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	return args
}

// exportedStructs are the names of a package's exported types that are structs.
func exportedStructs(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s (%v)", dir, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for node := range ast.Preorder(file) {
			if spec, ok := node.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				if _, ok := spec.Type.(*ast.StructType); ok {
					names = append(names, spec.Name.Name)
				}
			}
		}
	}
	return names
}
