package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Node is a node of an expression graph.
type Node = gorgonia.Node

// Nodes are nodes of one expression graph.
type Nodes = gorgonia.Nodes

// BuildError is the value that a constructor panics with if its arguments do not fit: shapes that differ, an unknown
// option. graph.Build returns it as an error.
type BuildError struct{ Err error }

func (e *BuildError) Error() string { return e.Err.Error() }
func (e *BuildError) Unwrap() error { return e.Err }

// Fail panics with a BuildError of a formatted message. Layers report misuse with it.
func Fail(format string, args ...any) { panic(&BuildError{fmt.Errorf(format, args...)}) }

// checked returns the node of a call of Gorgonia's, or panics with a BuildError.
func checked(n *Node, err error) *Node {
	if err != nil {
		panic(&BuildError{err})
	}
	return n
}
