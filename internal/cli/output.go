// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gocurtain/asyncio/export/chrome"
)

// checkOutput refuses a FILE that cannot be written, before the program runs in vain. An older
// trace stays as it is until there is something to write. If FILE is a pipe, checkOutput opens and
// returns it: as in a shell, the program starts when somebody reads the pipe.
func checkOutput(file string) (*os.File, error) {
	if err := checkOutputName(file); err != nil {
		return nil, err
	}
	pipe, err := tryOutput(file)
	if err == nil {
		return pipe, nil
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return nil, fmt.Errorf("trace: cannot write %s: %w; %s", file, err, outputHint(file, err))
}

// outputHint says what to do about a FILE that cannot be written. Even if the error is that
// something does not exist, the directory may exist: FILE may be a link that leads nowhere, or lie
// in /proc.
func outputHint(file string, err error) string {
	dir := filepath.Dir(file)
	if _, missing := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && errors.Is(missing, fs.ErrNotExist) {
		return fmt.Sprintf("make its directory first: mkdir -p %s", shellQuote(dir))
	}
	return "choose another FILE"
}

// checkOutputName refuses names whose extension is no form of a trace.
func checkOutputName(file string) error {
	name := strings.ToLower(file)
	switch {
	case file == "":
		return usagef("trace: the name of FILE is empty, as in -o trace.json")
	case file == "-":
		return usagef("trace: standard output is COMMAND's; give the trace a name, as in -o trace.json")
	case strings.HasSuffix(name, ".json"), strings.HasSuffix(name, ".json.gz"):
		return nil
	case strings.HasSuffix(name, ".pftrace"):
		return usagef("trace: %s: Perfetto's own format is not there yet; ui.perfetto.dev opens .json and .json.gz as well", file)
	}
	return usagef("trace: %s: the name must end in .json or .json.gz", file)
}

// tryOutput tries to write without changing anything.
func tryOutput(file string) (*os.File, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, tryNew(file)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, syscall.EISDIR
	case info.Mode()&fs.ModeNamedPipe != 0:
		// For writing only, or nobody would learn that the reader has gone. The reader would take a
		// second opening for the end of the first one.
		return os.OpenFile(file, os.O_WRONLY, 0)
	}
	return nil, tryOld(file, info)
}

// tryOld opens an existing FILE.
func tryOld(file string, info fs.FileInfo) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		_, err = f.Write(nil) // which a device that is full refuses, too
	} else if info.Size() < beginning { // else there is room when it is overwritten
		err = tryRoom(file)
	}
	return errors.Join(err, f.Close())
}

// tryNew makes the file and removes it again. It may be where a link leads.
func tryNew(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	err = errors.Join(fill(f), f.Close())
	if target, linkErr := filepath.EvalSymlinks(file); linkErr == nil {
		err = errors.Join(err, os.Remove(target))
	}
	return err
}

// tryRoom checks that the disk has room beside an older trace, and does not write to that.
func tryRoom(file string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".curtain-")
	if err != nil {
		return nil // The file can be written even so.
	}
	err = errors.Join(fill(f), f.Close())
	return errors.Join(err, os.Remove(f.Name()))
}

// beginning is how many bytes of a trace must fit.
const beginning = 64 << 10

func fill(f *os.File) error {
	_, err := f.Write(make([]byte, beginning))
	return err
}

// output is the file: JSON that is readable at any time, or a gzip stream of it, which has no end
// yet while it is being written.
type output struct {
	*chrome.Writer
	zip      *gzip.Writer
	file     *os.File
	path     string
	replaced bool // when it was closed, the file had lost its name
}

// createOutput creates FILE. A pipe is open already; else it is nil.
func createOutput(path string, pipe *os.File) (*output, error) {
	file := pipe
	if file == nil {
		var err error
		if file, err = os.Create(path); err != nil {
			return nil, err
		}
	}
	out := &output{file: file, path: path}
	info, err := file.Stat()
	switch {
	case strings.HasSuffix(strings.ToLower(path), ".gz"):
		out.zip = gzip.NewWriter(file)
		out.Writer = chrome.NewWriter(out.zip)
	case err == nil && !info.Mode().IsRegular(): // a pipe cannot seek
		out.Writer = chrome.NewWriter(file)
	default:
		out.Writer = chrome.NewFileWriter(file)
	}
	return out, nil
}

// Flush brings the file up to date.
func (o *output) Flush() error {
	err := o.Writer.Flush()
	if o.zip != nil && err == nil {
		err = o.zip.Flush()
	}
	return err
}

// Close ends the file.
func (o *output) Close() error {
	o.replaced = !o.named()
	err := o.Writer.Close()
	if o.zip != nil && err == nil {
		err = o.zip.Close()
	}
	return errors.Join(err, o.file.Close())
}

// named reports whether the file still has its name.
func (o *output) named() bool {
	file, err := o.file.Stat()
	now, nowErr := os.Stat(o.path)
	return err == nil && nowErr == nil && os.SameFile(file, now)
}
