// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gocurtain/asyncio/viewer"
)

// varied is a trace that compression cannot make short, so that damage in the middle leaves
// something to show.
func varied(slices int) string {
	var b strings.Builder
	b.WriteString("[")
	x := uint32(1)
	for i := range slices {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, `{"ph":"X","name":"slice %08x%08x","ts":%d,"dur":5,"pid":1,"tid":1},`+"\n", x, x*x, i*10)
	}
	return strings.TrimSuffix(b.String(), ",\n") + "]"
}

// Whatever is wrong with a file, the page says what, and shows what could be read.
func TestDamagedFiles(t *testing.T) {
	const all = 20000
	whole := zipped(t, varied(all))
	damaged := func(at int, with string) string { return whole[:at] + with + whole[at+len(with):] }
	middle := damaged(len(whole)/2, strings.Repeat("garbage", 10))
	half := varied(all)[:len(varied(all))/2]
	late := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(half), iotest.ErrReader(errors.New("the disk is gone")))), nil
	}
	longWord := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(half), iotest.ErrReader(errors.New(strings.Repeat("ü", 300))))), nil
	}
	tests := []struct {
		name   string
		open   viewer.Opener
		least  int
		most   int
		notice string // "" for none
	}{
		{"whole", text(whole), all, all, ""},
		{"truncated", text(whole[:len(whole)/2]), all / 4, all - 1, "ends in the middle"},
		{"without its checksum", text(whole[:len(whole)-8]), all, all, ""},
		{"wrong checksum", text(damaged(len(whole)-8, "\x00\x00\x00")), all, all, "its checksum is not that of what it holds"},
		{"wrong length", text(damaged(len(whole)-2, "\xff\xff")), all, all, "its checksum is not that of what it holds"},
		{"garbage in the middle", text(middle), all / 4, all - 1, "the compressed file is damaged"},
		{"two members", text(zipped(t, varied(all)[:999]) + zipped(t, varied(all)[999:])), all, all, ""},
		{"two traces", text(whole + whole), all, all, "more text behind the end"},
		{"trailing garbage", text(whole + "garbage"), all, all, "behind the compressed trace lies something else"},
		{"a little trailing garbage", text(whole + "\x00"), all, all, "behind the compressed trace lies something else"},
		{"a header behind the end", text(whole + "\x1f\x8bgarbage garbage"), all, all, "behind the compressed trace lies something else"},
		{"the next member begun", text(zipped(t, varied(all)) + "\x1f\x8b\x08"), all, all, ""},
		{"a late error", late, all / 4, all - 1, "This is not all: the disk is gone."},
		{"a long late error", longWord, all / 4, all - 1, "This is not all: üüü"},
		{"text behind the end", text(varied(all) + "\n{}"), all, all, "more text behind the end"},
		{"white space behind the end", text(`{"traceEvents":` + varied(all) + "} \n"), all, all, ""},
		{"text behind the object", text(`{"traceEvents":` + varied(all) + "}}"), all, all, "more text behind the end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := openTab(t, test.open, "")
			if got := p.state(); !got.Loaded || got.Slices < test.least || got.Slices > test.most {
				t.Errorf("state is %+v, want %d to %d slices", got, test.least, test.most)
			}
			if got := p.text("#notice:not([hidden])"); !strings.Contains(got, test.notice) || test.notice == "" && got != "" {
				t.Errorf("the notice says %q, want %q", got, test.notice)
			}
			p.checkQuiet()
		})
	}
}

// Where nothing could be read, the sentence says why.
func TestDamagedFromTheStart(t *testing.T) {
	whole := zipped(t, varied(100))
	for name, test := range map[string]struct{ file, want string }{
		"head":  {whole[:3] + "\xff" + "garbage garbage", "The trace could not be opened: it begins as a compressed file does, but is none"},
		"body":  {whole[:10] + strings.Repeat("\xff", 200), "The trace could not be read: the compressed file is damaged near byte "},
		"empty": {zipped(t, "")[:10], "The trace is empty: nothing has been written to it yet."},
	} {
		if name == "head" {
			test.file = "\x1f\x8b\x07" + test.file[3:]
		}
		t.Run(name, func(t *testing.T) {
			p := openTab(t, text(test.file), "")
			if got := p.state(); got.Loaded || !strings.HasPrefix(got.Error, test.want) {
				t.Errorf("state is %+v, want %q", got, test.want)
			}
		})
	}
}

// The epilogue is for the page alone.
func TestEpilogue(t *testing.T) {
	address := serve(t, text(someTrace), viewer.Options{})
	for path, more := range map[string]int{"trace": 0, "trace?epilogue": 512} {
		if _, body := send(t, "GET", address+path, nil, ""); body != someTrace+strings.Repeat(" ", more) {
			t.Errorf("%s: the body is %q", path, body)
		}
	}
}
