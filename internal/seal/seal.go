// SPDX-License-Identifier: Apache-2.0

// Package seal is what the hooks of the root package are sealed with: an interface that
// embeds [Sealed] is implemented only by what embeds [Seal], which is only to be had from
// this module. So a method that is added to the interface breaks nobody.
//
// It is a package of its own because the recorder, which lies below the root, is hooks, too.
package seal

// Sealed has a method that nobody else can have.
type Sealed interface{ sealed() }

// Seal is embedded by what implements a sealed interface.
type Seal struct{}

func (Seal) sealed() {}

var _ Sealed = Seal{}
