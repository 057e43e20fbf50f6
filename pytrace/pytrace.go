// SPDX-License-Identifier: Apache-2.0

package pytrace

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The environment variables that ask for a recording.
const (
	// EnvTrace is the directory of the recordings.
	EnvTrace = "ASYNCIO_TRACE"
	// EnvLevel is a [Level].
	EnvLevel = "ASYNCIO_TRACE_LEVEL"
	// EnvInclude and EnvExclude are patterns of modules or paths, separated by commas.
	EnvInclude = "ASYNCIO_TRACE_INCLUDE"
	EnvExclude = "ASYNCIO_TRACE_EXCLUDE"
	// EnvRecords is how many records the ring of a thread that runs a loop holds.
	EnvRecords = "ASYNCIO_TRACE_RECORDS"

	envPath = "PYTHONPATH"
)

// Level says how much is recorded. Each level includes those before it.
type Level string

const (
	// LevelLoop records what the loop does: turns, polls, callbacks, tasks.
	LevelLoop Level = "loop"
	// LevelCoroutines adds each resumption of a coroutine or async generator.
	LevelCoroutines Level = "coroutines"
	// LevelFunctions adds each call, of Python and C functions.
	LevelFunctions Level = "functions"
	// LevelLines adds each line of Python.
	LevelLines Level = "lines"
)

// Levels returns all levels. Each tells more than the one before.
func Levels() []Level { return []Level{LevelLoop, LevelCoroutines, LevelFunctions, LevelLines} }

// Options say what is recorded, and where.
type Options struct {
	// Dir is the directory of the recordings. It must exist.
	Dir string
	// Level says how much is recorded; "" means [LevelLoop].
	Level Level
	// Include and Exclude are patterns of modules or paths, such as "asyncio" or "/srv/app/*".
	// LevelLines leaves out what came with Python or was installed into it, except for what Include
	// names. All levels beyond LevelLoop leave out what Exclude names. Exclude wins.
	Include, Exclude []string
	// Records is how many records a ring holds. With 0 the probe chooses.
	Records int
}

//go:embed probe/*.py probe/_curtain_probe/*.py
var files embed.FS

// Probe is a probe on disk. [Install] makes one.
type Probe struct{ dir string }

// Install writes the probe into a directory, and makes the directory if it does not exist. It
// should hold nothing else, because programs can import all of it. It must stay until the last
// program has ended. Install fails if the name of the directory cannot stand in PYTHONPATH.
func Install(dir string) (*Probe, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("install probe: %w", err)
	}
	if strings.ContainsRune(dir, os.PathListSeparator) {
		return nil, fmt.Errorf("install probe: %s cannot stand in PYTHONPATH", dir)
	}
	probe, err := fs.Sub(files, "probe")
	if err != nil {
		return nil, fmt.Errorf("install probe: %w", err)
	}
	err = fs.WalkDir(probe, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if entry.IsDir() {
			return os.MkdirAll(path, 0o700)
		}
		content, err := fs.ReadFile(probe, name)
		if err != nil {
			return err
		}
		return os.WriteFile(path, content, 0o600)
	})
	if err == nil && recorder != nil {
		err = os.WriteFile(filepath.Join(dir, "_curtain_probe", "_recorder.abi3.so"), recorder, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("install probe: %w", err)
	}
	return &Probe{dir}, nil
}

// Environ returns a copy of an environment, in the form of [os.Environ], in which every Python is
// recorded. Several goroutines may call it at once.
func (p *Probe) Environ(environ []string, o Options) []string {
	environ = slices.Clone(environ)
	path := p.dir
	if old := lookup(environ, envPath); old != "" {
		path += string(os.PathListSeparator) + old
	}
	environ = set(environ, envPath, path)
	environ = set(environ, EnvTrace, o.Dir)
	environ = set(environ, EnvLevel, string(o.Level))
	environ = set(environ, EnvInclude, strings.Join(o.Include, ","))
	environ = set(environ, EnvExclude, strings.Join(o.Exclude, ","))
	records := ""
	if o.Records > 0 {
		records = strconv.Itoa(o.Records)
	}
	return set(environ, EnvRecords, records)
}

// lookup returns the value of a variable; as in a shell, the last one counts.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if key, value, ok := strings.Cut(entry, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// set replaces a variable; an empty value removes it.
func set(environ []string, name, value string) []string {
	environ = slices.DeleteFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
	if value == "" {
		return environ
	}
	return append(environ, name+"="+value)
}
