package structural

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
	"deepcausalmmm/train/model"
)

// Structure is a channel graph with its structural equations on one panel, as an expression graph of its own: what an
// intervention makes of the exposures does not depend on a model's parameters. It is not safe for concurrent use.
type Structure struct {
	Graph    *dag.Graph
	data     *Data
	machine  *graph.Machine
	do, held *graph.Node // the intervention, [T, M]
	moved    *graph.Node // the exposure under it, [R, T, M]
}

// NewStructure builds the equations of a graph on the exposures of a panel.
func NewStructure(d *Data, g *dag.Graph) (*Structure, error) {
	s := &Structure{Graph: g, data: d}
	stages, err := graph.Build(func() graph.Nodes {
		scope := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 0))
		R, T, M := d.Regions, d.Weeks, d.Channels
		s.do, s.held = scope.Input("do", T, M), scope.Input("held", T, M)
		s.moved = equations(scope, g).Forward(scope.Constant("exposure", d.Media, R, T, M), s.do, s.held)
		return graph.Nodes{s.moved}
	})
	if err != nil {
		return nil, err
	}
	s.machine = graph.NewMachine(stages)
	return s, nil
}

// equations are those of a graph.
func equations(s *graph.Scope, g *dag.Graph) *layers.Equations {
	M, weights := g.Nodes(), g.Weights().RawMatrix().Data
	return layers.NewEquations(s, g.Order(), g.Mechanism, weights[:M*M], weights[M*M:])
}

// Under is the exposure [R, T, M] under an intervention in week from and all later weeks: channels that it sets are at multiples
// of what they were, and their descendants move by the equations.
func (s *Structure) Under(i model.Intervention, from int) ([]float64, error) {
	T, M := s.data.Weeks, s.data.Channels
	do, held := layers.Ones(T*M), make([]float64, T*M)
	for c, factor := range i.Channels {
		for t := from; t < T; t++ {
			do[t*M+c], held[t*M+c] = factor, 1
		}
	}
	copy(s.do.Value().(*tensor.Dense).Float64s(), do)
	copy(s.held.Value().(*tensor.Dense).Float64s(), held)
	if err := s.machine.Run(); err != nil {
		return nil, err
	}
	return s.machine.Floats(s.moved), nil
}

// moves reports whether a channel moves another.
func (s *Structure) moves(c int) bool {
	for _, e := range s.Graph.Edges() {
		if e.From == c && e.To != c {
			return true
		}
	}
	return false
}
