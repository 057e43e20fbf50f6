// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/gocurtain/asyncio/trace"
)

var update = flag.Bool("update", false, "write the probe's and the recorder's constants anew")

// The probe and the recorder have their constants from the tables of package trace.
func TestKinds(t *testing.T) {
	for path, want := range map[string][]byte{
		"probe/_curtain_probe/kinds.py": kindsForPython(),
		"recorder/kinds.h":              kindsForC(),
	} {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what package trace says (error %v); run go test ./pytrace -run TestKinds -update, and then recorder/build", path, err)
		}
	}
}

// constant is one of a producer's.
type constant struct {
	name  string
	value uint64
}

// kinds are the second words of records: the kinds alone, and each with a value of its aux field or
// with one of its flags.
func kinds() (all []constant) {
	for k := range 256 {
		kind := trace.Kind(k)
		if !kind.Known() {
			continue
		}
		spec, name := kind.Spec(), upper(kind.String())
		all = append(all, constant{name, uint64(k)})
		all = append(all, values(name, uint64(k), spec.Flags, 8)...)
		all = append(all, values(name, uint64(k), spec.Aux, 16)...)
	}
	return all
}

// values are those of one field of a kind.
func values(name string, kind uint64, e *trace.Enum, shift int) (all []constant) {
	if e == nil {
		return nil
	}
	for i, value := range e.Names {
		n := uint64(i) + 1
		if e.Bits {
			n = 1 << i
		}
		if value != "" {
			all = append(all, constant{name + "_" + strings.ToUpper(value), kind | n<<shift})
		}
	}
	return all
}

// numbers are the other numbers with a meaning.
var numbers = []constant{
	{"FOREVER", trace.Forever},
	{"FIRST_LINKED_HANDLE", trace.FirstLinkedHandle},
	{"FIRST_UNNUMBERED_TASK", trace.FirstUnnumberedTask},
	{"FIRST_SHARED_JOB", trace.FirstSharedJob},
}

// upper turns HandleBegin into HANDLE_BEGIN.
func upper(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

func kindsForPython() []byte {
	var b bytes.Buffer
	b.WriteString(`# SPDX-License-Identifier: Apache-2.0
"""Kinds of records, each alone and with its flags or its aux field: kind | flags << 8 | aux << 16.

Code generated from trace by go test ./pytrace -run TestKinds -update. DO NOT EDIT.
"""

`)
	for _, c := range append(kinds(), numbers...) {
		fmt.Fprintf(&b, "%s = %#x\n", c.name, c.value)
	}
	return b.Bytes()
}

func kindsForC() []byte {
	var b bytes.Buffer
	b.WriteString(`// SPDX-License-Identifier: Apache-2.0
//
// Kinds of records, each alone and with its flags or its aux field: kind | flags << 8 | aux << 16.
//
// Code generated from trace by go test ./pytrace -run TestKinds -update. DO NOT EDIT.

#ifndef CURTAIN_KINDS_H
#define CURTAIN_KINDS_H

enum {
`)
	for _, c := range kinds() {
		fmt.Fprintf(&b, "\t%s = %#x,\n", c.name, c.value)
	}
	b.WriteString("};\n\n")
	for _, c := range numbers {
		fmt.Fprintf(&b, "#define %s %#xull\n", c.name, c.value)
	}
	b.WriteString("\n#endif\n")
	return b.Bytes()
}
