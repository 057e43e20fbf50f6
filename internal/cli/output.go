// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// checkOutput refuses a FILE that could not be written, before the program runs to its end
// unrecorded. An older trace stays as it is, until there is something to write. If FILE is a
// pipe, it is opened and returned: as in a shell, the program starts when somebody reads it.
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

// outputHint says what to do about a FILE that cannot be written. Its directory may be there
// even if something is not: it may be a link that leads nowhere, or lie in /proc.
func outputHint(file string, err error) string {
	dir := filepath.Dir(file)
	if _, missing := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && errors.Is(missing, fs.ErrNotExist) {
		return fmt.Sprintf("make its directory first: mkdir -p %s", shellQuote(dir))
	}
	return "choose another FILE"
}

// checkOutputName refuses names that say no form of a trace.
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
		// For writing alone, or nobody would learn that the reader has gone. Who reads would
		// take a second opening for the end of the first one.
		return os.OpenFile(file, os.O_WRONLY, 0)
	}
	return nil, tryOld(file, info)
}

// tryOld opens what is there.
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

// tryRoom looks whether the disk has room beside an older trace, which is not written to.
func tryRoom(file string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".curtain-")
	if err != nil {
		return nil // The file can be written even so.
	}
	err = errors.Join(fill(f), f.Close())
	return errors.Join(err, os.Remove(f.Name()))
}

// beginning is for how much of a trace there must be room.
const beginning = 64 << 10

func fill(f *os.File) error {
	_, err := f.Write(make([]byte, beginning))
	return err
}
