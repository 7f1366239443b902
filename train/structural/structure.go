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
	Graph     *dag.Graph
	data      *Data
	machine   *graph.Machine
	set, held *graph.Node // what the exposure is set to [R, T, M], and where it is held there [T, M]
	moved     *graph.Node // the exposure under it, [R, T, M]
}

// NewStructure builds the equations of a graph on the exposures of a panel.
func NewStructure(d *Data, g *dag.Graph) (*Structure, error) {
	s := &Structure{Graph: g, data: d}
	stages, err := graph.Build(func() graph.Nodes {
		scope := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 0))
		R, T, M := d.Regions, d.Weeks, d.Channels
		s.set, s.held = scope.Input("set", R, T, M), scope.Input("held", T, M)
		s.moved = equations(scope, g).Forward(scope.Constant("exposure", d.Media, R, T, M), s.set, s.held)
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
// of what they were, those with a lever have a multiple of their own part, and their descendants move by the equations.
func (s *Structure) Under(i model.Intervention, from int) ([]float64, error) {
	T, M := s.data.Weeks, s.data.Channels
	set, held := values(s.set), values(s.held)
	copy(set, s.data.Media)
	clear(held)
	for c, factor := range i.Channels {
		for t := from; t < T; t++ {
			held[t*M+c] = 1
		}
		s.scale(set, s.data.Media, c, factor, from)
	}
	if len(i.Levers) > 0 {
		own := ownParts(s.data, s.Graph)
		for c, factor := range i.Levers {
			s.scale(set, own, c, factor, from)
		}
	}
	if err := s.machine.Run(); err != nil {
		return nil, err
	}
	return s.machine.Floats(s.moved), nil
}

// scale multiplies a part of a channel's exposure from a week on: the rest of it stays.
func (s *Structure) scale(set, part []float64, c int, factor float64, from int) {
	if factor == 1 {
		return // rounding aside, the sum below is what the exposure was
	}
	T, M := s.data.Weeks, s.data.Channels
	for r := range s.data.Regions {
		for t := from; t < T; t++ {
			i := (r*T+t)*M + c
			set[i] = s.data.Media[i] - part[i] + factor*part[i]
		}
	}
}

// values is the memory of an input.
func values(input *graph.Node) []float64 { return input.Value().(*tensor.Dense).Float64s() }

// ownParts is what the planners of each channel decide on, [R, T, M]: by shares all of its exposure; by amounts what its parents do
// not bring, between 0 and all of it. What is brought follows the structural equations as changes do, see op.Propagate: a channel's
// own lags carry it on, and nothing is known to be brought from before the first week.
func ownParts(d *Data, g *dag.Graph) []float64 {
	if g.Mechanism != dag.Amounts {
		return d.Media
	}
	R, T, M, weights := d.Regions, d.Weeks, d.Channels, g.Weights().RawMatrix().Data
	own, brought := make([]float64, R*T*M), make([]float64, R*T*M)
	for row := range R * T {
		for _, c := range g.Order() {
			i := row*M + c
			for k := range 1 + min(g.Lags(), row%T) {
				for parent := range M {
					from := d.Media
					if parent == c {
						from = brought
					}
					brought[i] += weights[(k*M+parent)*M+c] * from[(row-k)*M+parent]
				}
			}
			own[i] = min(max(d.Media[i]-brought[i], 0), d.Media[i])
		}
	}
	return own
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
