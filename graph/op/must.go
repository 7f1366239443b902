package op

import "gorgonia.org/gorgonia"

// Must unwraps a node, so that nested constructors read like the equation that they build. The function around it
// defers Catch, which turns the failure into the function's error.
func Must(n *gorgonia.Node, err error) *gorgonia.Node {
	if err != nil {
		panic(buildError{err})
	}
	return n
}

// Catch sets err to what made a Must in the deferring function fail. Any other panic goes on.
func Catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case buildError:
		*err = p.error
	default:
		panic(p)
	}
}

type buildError struct{ error }
