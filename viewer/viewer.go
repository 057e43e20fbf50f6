// SPDX-License-Identifier: Apache-2.0

// Package viewer serves a page that draws a trace: a timeline of slices on tracks, with arrows from
// where work was scheduled to where it ran.
//
// It reads Chrome Trace Event JSON: an array, or an object with a traceEvents array, plain or
// gzipped. The end may be missing, as it is while a program still writes. An [Opener] opens the
// trace for each look at it, so a page that is reloaded shows what has been added since.
//
// The page, its scripts and its style are embedded as they are: nothing is built, and nothing is
// fetched from elsewhere. A [Server] listens on the loopback address only. It answers only requests
// that name that address and come from its own page, so no web site that is open in the same
// browser can read the trace. Its paths begin with a secret, so no other user of the machine can
// read it either.
//
// Any goroutine may call any function, several at once.
package viewer

import (
	"bytes"
	"embed"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
)

// Opener opens a trace. The server calls it for each request for the trace, perhaps from several
// goroutines at once. It reads what Opener returns to the end, and closes it. If Opener fails, the
// page shows the error.
type Opener func() (io.ReadCloser, error)

// File is the [Opener] that opens the named file.
func File(name string) Opener {
	return func() (io.ReadCloser, error) {
		f, err := os.Open(name)
		if err != nil {
			// A nil *os.File must not become a non-nil io.ReadCloser.
			return nil, err
		}
		return f, nil
	}
}

// Options configure a viewer. The zero value is ready for use.
type Options struct {
	// Title names the trace on the page, usually the name of its file.
	Title string
	// Port is the port on the loopback address; 0 lets the system choose one.
	Port int
}

//go:embed web
var web embed.FS

// page is the only file that is not served as it lies: it carries the title.
var page = template.Must(template.ParseFS(web, "web/index.html"))

// assets holds the served files by path. Their types are spelled out because package mime asks the
// system, and a browser refuses a script of another type.
var assets = readAssets(map[string]string{
	".js":  "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
})

type asset struct {
	contentType string
	body        []byte
}

func readAssets(types map[string]string) map[string]asset {
	all := make(map[string]asset)
	files, err := fs.ReadDir(web, "web")
	if err != nil {
		panic(err) // The directory is compiled in.
	}
	for _, f := range files {
		contentType, ok := types[path.Ext(f.Name())]
		if !ok {
			continue
		}
		body, err := web.ReadFile("web/" + f.Name())
		if err != nil {
			panic(err)
		}
		all["/"+f.Name()] = asset{contentType, body}
	}
	return all
}

// handler serves the page ("/"), its files and the trace ("/trace"), to those who have the key.
func handler(open Opener, title string, k *key) http.Handler {
	return guard(k.lock(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			servePage(w, title)
		case "/trace":
			serveTrace(w, r, open)
		default:
			serveAsset(w, r.URL.Path)
		}
	})))
}

func servePage(w http.ResponseWriter, title string) {
	var b bytes.Buffer
	if err := page.Execute(&b, struct{ Title string }{title}); err != nil {
		http.Error(w, "viewer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// An error here means that the client has gone.
	_, _ = w.Write(b.Bytes())
}

func serveAsset(w http.ResponseWriter, name string) {
	a, ok := assets[name]
	if !ok {
		http.Error(w, "no such page", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	_, _ = w.Write(a.body)
}
