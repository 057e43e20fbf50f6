// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/gocurtain/asyncio/viewer"
)

func Example() {
	s, err := viewer.Listen(viewer.File("testdata/sample.json"), viewer.Options{Title: "sample.json"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error)
	go func() { done <- s.Serve(ctx) }()

	// A person would open s.URL() in a browser.
	resp, err := http.Get(s.URL() + "trace")
	if err != nil {
		fmt.Println(err)
		return
	}
	start, err := io.ReadAll(io.LimitReader(resp.Body, 43))
	resp.Body.Close()
	fmt.Println(resp.Status, string(start), err)

	stop()
	fmt.Println(<-done)
	// Output:
	// 200 OK {"displayTimeUnit":"ns","traceEvents":[
	// {"p <nil>
	// <nil>
}
