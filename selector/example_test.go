// SPDX-License-Identifier: Apache-2.0

package selector_test

import (
	"fmt"
	"log"

	"github.com/gocurtain/asyncio/selector"
)

func Example() {
	s, err := selector.New()
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	waker, err := selector.NewWaker()
	if err != nil {
		log.Fatal(err)
	}
	defer waker.Close()

	s.Register(waker.FD(), selector.Readable, "a wake-up call")
	go waker.Wake()

	events, err := s.Wait(-1, nil)
	for _, e := range events {
		fmt.Println(e.Ready, e.Key.Data)
	}
	fmt.Println(err)
	// Output:
	// r a wake-up call
	// <nil>
}
