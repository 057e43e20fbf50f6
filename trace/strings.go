// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Kinds of entries of the string table.
const (
	entryString = 1
	entrySite   = 2

	entryHead = 8
	siteSize  = 16
)

// Site is a place in a program's source.
type Site struct {
	// File is the full path of the file, "" if unknown.
	File string
	// Function is the name of the function with its package, "" if unknown.
	Function string
	// Line counts from 1; 0 = unknown.
	Line int
}

// siteKey is a site whose strings are interned already.
type siteKey struct{ file, function, line uint32 }

// interner gives ids to strings and sites. Any goroutine may call its methods. It calls commit with
// each new entry, under the lock; commit returns false if there is no room.
type interner struct {
	mu      sync.Mutex
	strings map[string]uint32
	sites   map[siteKey]uint32
	last    uint32
	commit  func(entry []byte) bool
	entry   []byte // reused
}

func (t *interner) init(commit func([]byte) bool) {
	t.strings = make(map[string]uint32)
	t.sites = make(map[siteKey]uint32)
	t.commit = commit
}

// String returns the id of s, 0 if the table is full. Any goroutine may call it.
func (t *interner) String(s string) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stringID(s)
}

// Site returns the id of a place in the source, 0 if the table is full. Any goroutine may call it.
func (t *interner) Site(file, function string, line int) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := siteKey{t.stringID(file), t.stringID(function), uint32(max(line, 0))}
	if id, ok := t.sites[key]; ok {
		return id
	}
	payload := binary.LittleEndian.AppendUint32(nil, key.file)
	payload = binary.LittleEndian.AppendUint32(payload, key.function)
	payload = binary.LittleEndian.AppendUint32(payload, key.line)
	payload = binary.LittleEndian.AppendUint32(payload, 0)
	id := t.add(entrySite, payload)
	if id != 0 {
		t.sites[key] = id
	}
	return id
}

func (t *interner) stringID(s string) uint32 {
	if id, ok := t.strings[s]; ok {
		return id
	}
	id := t.add(entryString, []byte(cut(s, MaxString)))
	if id != 0 {
		t.strings[strings.Clone(s)] = id
	}
	return id
}

func (t *interner) add(kind uint32, payload []byte) uint32 {
	if t.commit == nil {
		panic(errZeroRecording)
	}
	t.entry = appendEntry(t.entry[:0], kind, payload)
	if !t.commit(t.entry) {
		return 0
	}
	t.last++
	return t.last
}

func appendEntry(b []byte, kind uint32, payload []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, payload...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clean makes a string from a file safe to print: a hostile or damaged file must not steer a
// terminal or break a line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// table is the string table as a reader knows it so far.
type table struct {
	entries []entry
}

// entry is a string, or a site if site is set.
type entry struct {
	text string
	site *siteKey
}

// parse takes whole entries from the front of b and returns the number of bytes it understood. It
// stops at kind 0, which means memory that was never written, so a sparse file of zeros does not
// become millions of entries.
func (t *table) parse(b []byte) int {
	done := 0
	for len(b)-done >= entryHead {
		kind := binary.LittleEndian.Uint32(b[done:])
		n := binary.LittleEndian.Uint32(b[done+4:])
		if kind == 0 || n > MaxString || len(b)-done-entryHead < int(n+7)&^7 {
			break
		}
		payload := b[done+entryHead : done+entryHead+int(n)]
		t.entries = append(t.entries, decodeEntry(kind, payload))
		done += entryHead + int(n+7)&^7
	}
	return done
}

func decodeEntry(kind uint32, payload []byte) entry {
	switch {
	case kind == entryString:
		return entry{text: cut(clean(string(payload)), MaxString)}
	case kind == entrySite && len(payload) >= siteSize:
		le := binary.LittleEndian
		return entry{site: &siteKey{le.Uint32(payload), le.Uint32(payload[4:]), le.Uint32(payload[8:])}}
	}
	return entry{} // an entry of a later version still counts
}

func (t *table) get(id uint32) (entry, bool) {
	if id == 0 || uint64(id) > uint64(len(t.entries)) {
		return entry{}, false
	}
	return t.entries[id-1], true
}

func (t *table) text(id uint32) string {
	e, _ := t.get(id)
	return e.text
}
