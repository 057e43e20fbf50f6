// SPDX-License-Identifier: Apache-2.0

// Package entry tells the runtime which function of the program a function of this module stands
// for. A function of package asynciotest calls a test's body, for instance, but reports should show
// the place of the body.
package entry

import (
	"context"
	"reflect"
)

type key struct{}

// With returns a context for a main task that stands for the function fn.
func With(ctx context.Context, fn any) context.Context {
	return context.WithValue(ctx, key{}, Of(fn))
}

// From returns the code of the function that was passed to [With], 0 if none was.
func From(ctx context.Context) uintptr {
	code, _ := ctx.Value(key{}).(uintptr)
	return code
}

// Of returns the code of a function, 0 of nil.
func Of(fn any) uintptr { return reflect.ValueOf(fn).Pointer() }
