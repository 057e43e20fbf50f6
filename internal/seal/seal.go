// SPDX-License-Identifier: Apache-2.0

// Package seal seals the hooks of the root package. Only a type that embeds [Seal] implements an
// interface that embeds [Sealed], and only this module has Seal. So a new method of the interface
// breaks nobody.
//
// It is a package of its own because the recorder, which lies below the root, is hooks, too.
package seal

// Sealed has a method that no other package can implement.
type Sealed interface{ sealed() }

// Seal is for types that implement a sealed interface: they embed it.
type Seal struct{}

func (Seal) sealed() {}

var _ Sealed = Seal{}
