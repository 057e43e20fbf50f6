// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"errors"
	"io"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/timeline"
)

// Export writes everything in some recordings to w, on one clock. The one that started first should
// come first, as [trace.FollowAll] returns them: its start is time 0 of the file. If a recording is
// damaged, Export draws it as far as it goes, and returns its error.
func Export(w io.Writer, sources ...*trace.Source) error {
	out := NewWriter(w)
	err := timeline.NewPicture(out).Draw(sources...)
	return errors.Join(err, out.Close())
}

// ExportPath exports a recording, or all recordings in a directory.
func ExportPath(w io.Writer, path string) (err error) {
	sources, err := trace.FollowAll(path)
	if err != nil {
		return err
	}
	defer func() {
		for _, src := range sources {
			err = errors.Join(err, src.Close())
		}
	}()
	return Export(w, sources...)
}
