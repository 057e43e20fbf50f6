// SPDX-License-Identifier: Apache-2.0

package model

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// place is what is said of a site, again and again.
type place struct {
	args     []Arg  // nil if the site is unknown
	at       string // "file.go:12", "" if the file is unknown
	function string // its name without the path of its package
}

// maxPlaces bounds the places that are remembered.
const maxPlaces = 1 << 16

func (b *Builder) placeOf(id uint32) *place {
	if p := b.places[id]; p != nil {
		return p
	}
	if id == 0 {
		return &noPlace
	}
	site := b.names.Site(id)
	if site == (trace.Site{}) {
		return &noPlace // it may be known later
	}
	p := &place{
		args:     []Arg{text("file", site.File), number("line", site.Line), text("function", site.Function)},
		function: shortName(site.Function),
	}
	if site.File != "" {
		p.at = fmt.Sprintf("%s:%d", filepath.Base(site.File), site.Line)
	}
	if len(b.places) == maxPlaces {
		clear(b.places)
	}
	b.places[id] = p
	return p
}

var noPlace place

// shortName is a function's name without the path of its package.
func shortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// place appends the details of a site to args; an unknown site has none. The result is
// valid until the next call.
func (b *Builder) place(id uint32, args ...Arg) []Arg {
	b.args = append(append(b.args[:0], args...), b.placeOf(id).args...)
	return b.args
}

// at is place for a slice that is called after the site.
func (b *Builder) at(id uint32, args ...Arg) []Arg {
	return b.place(id, b.about(b.placeOf(id).at, args...)...)
}

// about puts what a slice is about before its other details, if that is known. The result
// is valid until the next call.
func (b *Builder) about(of string, args ...Arg) []Arg {
	b.args = b.args[:0]
	if of != "" {
		b.args = append(b.args, what(of))
	}
	b.args = append(b.args, args...)
	return b.args
}
