package graph

import (
	"sync"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph/op"
)

// Node and Nodes are those of the expression graph.
type (
	Node  = op.Node
	Nodes = op.Nodes
)

// BuildError is why a graph could not be built: shapes that differ, an unknown option, a parameter of another size.
type BuildError = op.BuildError

// Build runs a function that builds part of an expression graph and returns its result.
//
// The constructors of ops and layers return nodes and panic with a *BuildError on misuse, so that they nest as the
// equation is written. Build is the one place that recovers: it returns that error. It passes on any other
// panic, such as a runtime error in a layer.
func Build[T any](build func() T) (result T, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *BuildError:
			err = p
		default:
			panic(p)
		}
	}()
	return build(), nil
}

// From returns the node of a call of Gorgonia's own API and panics with a *BuildError if the call failed:
//
//	graph.From(gorgonia.Tanh(x))
func From(n *Node, err error) *Node {
	if err != nil {
		op.Fail("graph: %w", err)
	}
	return n
}

// differentiating is held by gorgonia.Grad, which stores the hash of a constant node that all graphs share.
var differentiating sync.Mutex

// Grad returns the symbolic derivatives of a scalar by nodes, in their order.
func Grad(cost *Node, by ...*Node) Nodes {
	differentiating.Lock()
	defer differentiating.Unlock()
	gradients, err := gorgonia.Grad(cost, by...)
	if err != nil {
		op.Fail("graph: %w", err)
	}
	return gradients
}

// Pull returns the gradients of Σ adjoint·output over outputs by nodes, in their order: a vector-Jacobian product. Adjoints have the
// shapes of their outputs, of which one may depend on another.
func Pull(outputs, adjoints Nodes, by ...*Node) Nodes {
	if len(outputs) != len(adjoints) {
		op.Fail("graph: %d adjoints of %d outputs", len(adjoints), len(outputs))
	}
	for i, n := range outputs {
		if !n.Shape().Eq(adjoints[i].Shape()) {
			op.Fail("graph: the adjoint %v of an output %v", adjoints[i].Shape(), n.Shape())
		}
	}
	differentiating.Lock()
	defer differentiating.Unlock()
	gradients, err := gorgonia.Backpropagate(outputs, adjoints, by)
	if err != nil {
		op.Fail("graph: %w", err)
	}
	return gradients
}

// Layer maps a node to a node. It declares its parameters when it is made, and Forward is its equation; shapes are as
// the implementation says.
type Layer interface {
	Forward(x *Node) *Node
}

// Source is a layer without an input.
type Source interface {
	Forward() *Node
}

// Penalised is a layer with priors on its parameters.
type Penalised interface {
	Penalty() *Node // scalar: minus the log-density, up to a constant
}

// Penalty returns the penalty of a layer, nil if it has none.
func Penalty(layer any) *Node {
	if l, ok := layer.(Penalised); ok {
		return l.Penalty()
	}
	return nil
}
