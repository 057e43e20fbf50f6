// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"fmt"
	"path/filepath"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// place is the text and arguments of a site, which are used again and again.
type place struct {
	args     []Arg  // nil if the site is unknown
	at       string // "file.go:12", "" if the file is unknown
	function string // its name without the path of its package
}

// maxPlaces bounds the places that are remembered.
const maxPlaces = 1 << 16

func (d *drawing) placeOf(id uint32) *place {
	if p := d.places[id]; p != nil {
		return p
	}
	if id == 0 {
		return &noPlace
	}
	site := d.model.Site(id)
	if site == (trace.Site{}) {
		return &noPlace // it may be known later
	}
	p := &place{
		args:     []Arg{text("file", site.File), number("line", site.Line), text("function", site.Function)},
		function: model.ShortName(site.Function),
	}
	if site.File != "" {
		p.at = fmt.Sprintf("%s:%d", filepath.Base(site.File), site.Line)
	}
	if len(d.places) == maxPlaces {
		clear(d.places)
	}
	d.places[id] = p
	return p
}

var noPlace place

// place returns args with the details of a site; an unknown site has none. The result is valid
// until the next call.
func (d *drawing) place(id uint32, args ...Arg) []Arg {
	d.args = append(append(d.args[:0], args...), d.placeOf(id).args...)
	return d.args
}

// at is place for a slice that is named after the site.
func (d *drawing) at(id uint32, args ...Arg) []Arg {
	return d.place(id, d.about(d.placeOf(id).at, args...)...)
}

// about puts what a slice is about before its other details, if that is known. The result is valid
// until the next call.
func (d *drawing) about(of string, args ...Arg) []Arg {
	d.args = d.args[:0]
	if of != "" {
		d.args = append(d.args, what(of))
	}
	d.args = append(d.args, args...)
	return d.args
}
