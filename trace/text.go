// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// unknownName stands in the text form for an id that the string table lacks.
const unknownName = "?"

// unknownID is the id that unknownName is read back as.
const unknownID = math.MaxUint32

// The text form of what each field of a [Spec] may be called when the kind does not use it, so that
// any record at all can be written.
const (
	rawA     = "a"
	rawB     = "b"
	rawAux   = "aux"
	rawFlags = "flags"
	siteName = "site"
)

// WriteText writes a recording, as far as it goes, as text:
//
//	producer pid=7 id=1 start=1000 wall=0 language="go" process="demo"
//	+234 TaskCreated task=3 parent_task=1 site="main.go":12:"main.main"
//	+0 TaskName task=3 name_string="fetch"
//	+1500 StepBegin task=3
//
// A line holds the time since the line before (since start, for the first one) in ns, the kind, and
// the fields that are not zero, named as in its [Spec]. Strings and sites stand in place of their
// ids, "?" if unknown.
func WriteText(w io.Writer, src *Source) error {
	out := bufio.NewWriter(w)
	p := src.Producer()
	fmt.Fprintf(out, "producer pid=%d id=%d start=%d wall=%d language=%q process=%q",
		p.PID, p.ID, p.Start, p.Wall, p.Language, p.Process)
	if p.Command != "" {
		fmt.Fprintf(out, " command=%q", p.Command)
	}
	fmt.Fprintln(out)
	last := p.Start
	var line []byte
	err := src.All(func(rec Record) bool {
		line = append(strconv.AppendInt(appendSign(line[:0], rec.Time, last), int64(rec.Time-last), 10), ' ')
		line = append(appendText(line, rec, src), '\n')
		last = rec.Time
		_, err := out.Write(line)
		return err == nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func appendSign(b []byte, time, last uint64) []byte {
	if int64(time-last) >= 0 {
		return append(b, '+')
	}
	return b
}

// appendText appends the record without its time.
func appendText(b []byte, rec Record, src *Source) []byte {
	spec := rec.Kind.Spec()
	b = append(b, spec.Name...)
	b = appendEnum(b, spec.Aux, rawAux, uint64(rec.Aux))
	b = appendField(b, spec.A, rawA, rec.A, src)
	b = appendField(b, spec.B, rawB, rec.B, src)
	b = appendEnum(b, spec.Flags, rawFlags, uint64(rec.Flags))
	if rec.Site != 0 {
		b = append(b, " "+siteName+"="...)
		b = appendSite(b, rec.Site, src)
	}
	return b
}

func appendField(b []byte, name, raw string, v uint64, src *Source) []byte {
	if name == "" {
		name = raw
	}
	if v == 0 {
		return b
	}
	b = append(append(append(b, ' '), name...), '=')
	switch {
	case strings.HasSuffix(name, "_string"):
		return appendString(b, v, src)
	case strings.HasSuffix(name, "_int"):
		return strconv.AppendInt(b, int64(v), 10)
	case name == "timeout_ns" && v == Forever:
		return append(b, "forever"...)
	}
	return strconv.AppendUint(b, v, 10)
}

func appendString(b []byte, id uint64, src *Source) []byte {
	if id > math.MaxUint32 || !src.HasString(uint32(id)) {
		return append(b, unknownName...)
	}
	return strconv.AppendQuote(b, src.String(uint32(id)))
}

func appendSite(b []byte, id uint32, src *Source) []byte {
	if !src.HasSite(id) {
		return append(b, unknownName...)
	}
	site := src.Site(id)
	b = append(strconv.AppendQuote(b, site.File), ':')
	b = append(strconv.AppendInt(b, int64(site.Line), 10), ':')
	return strconv.AppendQuote(b, site.Function)
}

func appendEnum(b []byte, e *Enum, raw string, v uint64) []byte {
	if v == 0 {
		return b
	}
	if e == nil {
		e = &Enum{Field: raw}
	}
	b = append(append(append(b, ' '), e.Field...), '=')
	return append(b, e.text(v)...)
}

// ParseText is the inverse of WriteText: it reads text and writes a stream. Empty lines and lines
// that start with # are skipped; a first line "producer" may be missing. Errors name the line.
func ParseText(w io.Writer, r io.Reader) error {
	p := textParser{w: w}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 8*MaxString)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.line(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if err := p.start(Producer{}); err != nil {
		return err
	}
	return p.out.Close()
}

type textParser struct {
	w    io.Writer
	out  *Stream // nil until the producer is known
	time uint64
}

// start begins the stream unless it has begun.
func (p *textParser) start(producer Producer) error {
	if p.out != nil {
		return nil
	}
	var err error
	p.time = producer.Start
	p.out, err = NewStream(p.w, producer)
	return err
}

func (p *textParser) line(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	if first == "producer" {
		return p.producer(rest)
	}
	if err := p.start(Producer{}); err != nil {
		return err
	}
	delta, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is no time", first)
	}
	p.time += uint64(delta)
	name, rest, _ := strings.Cut(rest, " ")
	kind, ok := kindNamed(name)
	if !ok {
		return fmt.Errorf("%q is no kind of record", name)
	}
	rec := Record{Time: p.time, Kind: kind}
	if err := fields(rest, func(name, value string) error { return p.field(&rec, name, value) }); err != nil {
		return err
	}
	p.out.Append(rec)
	return nil
}

func (p *textParser) producer(rest string) error {
	if p.out != nil {
		return fmt.Errorf("the producer comes too late")
	}
	var producer Producer
	err := fields(rest, func(name, value string) (err error) {
		switch name {
		case "pid":
			producer.PID, err = strconv.ParseUint(value, 10, 64)
		case "id":
			producer.ID, err = strconv.ParseUint(value, 10, 64)
		case "start":
			producer.Start, err = strconv.ParseUint(value, 10, 64)
		case "wall":
			producer.Wall, err = strconv.ParseUint(value, 10, 64)
		case "language":
			producer.Language, err = strconv.Unquote(value)
		case "process":
			producer.Process, err = strconv.Unquote(value)
		case "command":
			producer.Command, err = strconv.Unquote(value)
		default:
			err = fmt.Errorf("a producer has no field %q", name)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.start(producer)
}

// fields calls f with each name and value of a row of name=value. Values end at a space, except
// within quotes.
func fields(s string, f func(name, value string) error) error {
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("%q is no name=value", s)
		}
		end := valueEnd(rest)
		if err := f(name, rest[:end]); err != nil {
			return fmt.Errorf("%s=%s: %w", name, rest[:end], err)
		}
		s = rest[end:]
	}
	return nil
}

func valueEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == ' ' && !quoted:
			return i
		}
	}
	return len(s)
}

func (p *textParser) field(rec *Record, name, value string) (err error) {
	spec := rec.Kind.Spec()
	var v uint64
	switch {
	case name == orRaw(spec.A, rawA):
		rec.A, err = p.value(name, value)
	case name == orRaw(spec.B, rawB):
		rec.B, err = p.value(name, value)
	case name == enumField(spec.Aux, rawAux):
		v, err = enumValue(spec.Aux, value)
		rec.Aux = uint16(v)
	case name == enumField(spec.Flags, rawFlags):
		v, err = enumValue(spec.Flags, value)
		rec.Flags = uint8(v)
	case name == siteName:
		rec.Site, err = p.site(value)
	default:
		err = fmt.Errorf("%s has no such field", spec.Name)
	}
	return err
}

func orRaw(name, raw string) string {
	if name == "" {
		return raw
	}
	return name
}

func enumField(e *Enum, raw string) string {
	if e == nil {
		return raw
	}
	return e.Field
}

func (p *textParser) value(name, value string) (uint64, error) {
	switch {
	case strings.HasSuffix(name, "_string") && value == unknownName:
		return unknownID, nil
	case strings.HasSuffix(name, "_string"):
		s, err := strconv.Unquote(value)
		return uint64(p.out.String(s)), err
	case strings.HasSuffix(name, "_int"):
		v, err := strconv.ParseInt(value, 10, 64)
		return uint64(v), err
	case value == "forever":
		return Forever, nil
	}
	return strconv.ParseUint(value, 10, 64)
}

func enumValue(e *Enum, value string) (uint64, error) {
	if e == nil {
		e = &Enum{}
	}
	v, ok := e.value(value)
	if !ok {
		return 0, fmt.Errorf("it is one of %s", strings.Join(e.Names, ", "))
	}
	return v, nil
}

func (p *textParser) site(value string) (uint32, error) {
	if value == unknownName {
		return unknownID, nil
	}
	file, rest, err := unquotePrefix(value)
	if err != nil {
		return 0, err
	}
	number, rest, _ := strings.Cut(strings.TrimPrefix(rest, ":"), ":")
	line, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return 0, err
	}
	function, rest, err := unquotePrefix(rest)
	if err != nil || rest != "" {
		return 0, fmt.Errorf(`it is "file":line:"function"`)
	}
	return p.out.Site(file, function, int(line)), nil
}

func unquotePrefix(s string) (unquoted, rest string, err error) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", err
	}
	unquoted, err = strconv.Unquote(quoted)
	return unquoted, s[len(quoted):], err
}
