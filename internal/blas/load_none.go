//go:build static || !(linux || darwin)

package blas

import "gorgonia.org/gorgonia"

// load finds nothing: a fully static binary has no loader, and other systems have no BLAS of a known name.
func load(string) (lib gorgonia.BLAS, name string, err error) { return nil, "", errNone }
