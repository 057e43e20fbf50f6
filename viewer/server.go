// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// grace is how long a request under way may go on when the server is told to stop.
const grace = 2 * time.Second

// Server is a viewer that listens on 127.0.0.1. [Listen] makes one; a zero Server is of no use.
type Server struct {
	listener net.Listener
	http     *http.Server
	key      *key
}

// Listen opens the port of a viewer for a trace. Requests wait until [Server.Serve] is called. The
// trace need not exist yet. Listen fails if the port is in use.
func Listen(open Opener, o Options) (*Server, error) {
	l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", o.Port))
	if err != nil {
		return nil, fmt.Errorf("viewer: %w", err)
	}
	k := newKey()
	return &Server{
		listener: l,
		key:      k,
		http: &http.Server{
			Handler:           handler(open, o.Title, k),
			ReadHeaderTimeout: 10 * time.Second,
		},
	}, nil
}

// URL returns the address of the page, such as http://127.0.0.1:40001/SECRET/. Everybody on this
// machine who knows it can read the trace. Each Server has a secret of its own.
func (s *Server) URL() string {
	s.mustBeMade()
	return s.address(s.key.secret + "/")
}

// OnceURL returns an address that leads to the page once, and to nothing afterwards. Use it in the
// command line of a browser, which other users of the machine can read.
func (s *Server) OnceURL() string {
	s.mustBeMade()
	return s.address(s.key.ticket())
}

// errZeroServer is the misuse of a server that listens nowhere.
var errZeroServer = errors.New("viewer: a zero Server; make one with Listen")

func (s *Server) mustBeMade() {
	if s.listener == nil {
		panic(errZeroServer)
	}
}

func (s *Server) address(path string) string {
	return "http://" + s.listener.Addr().String() + "/" + path
}

// Serve answers requests until ctx is done. Then it stops listening, gives requests under way two
// seconds to end, and returns nil. Call it once.
func (s *Server) Serve(ctx context.Context) error {
	if s.listener == nil {
		return errZeroServer
	}
	stopped := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(stopped)
		s.shutdown()
	})
	err := s.http.Serve(s.listener)
	if !cancel() {
		// Serve returns as soon as the listener is closed; the requests have until here.
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("viewer: %w", err)
}

func (s *Server) shutdown() {
	// The context of Serve is done already, so the grace period has its own.
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		// Out of time: whoever still reads is cut off.
		_ = s.http.Close()
	}
}

// Close closes the port at once. Use it for a server that is not going to serve; Serve ends with
// its context.
func (s *Server) Close() error {
	if s.listener == nil {
		return nil
	}
	return errors.Join(s.http.Close(), ignoreClosed(s.listener.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
