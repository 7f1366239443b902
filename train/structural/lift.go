package structural

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
)

// Lift is an experiment on some channels in some cells of the panel: the target with the change less the target without it. The
// model compares the exposure of the panel with that of another world, which is the one without the change if the panel has it, and
// the one with the change otherwise.
type Lift struct {
	Channels []int
	Regions  []int
	Span     panel.Span // rows in which the exposure differs
	Until    int        // row after the last whose target counts; at least Span.To
	InPanel  bool       // the panel has the change

	Factor float64   // of the panel's exposure, which gives that of the other world, if Usual is nil
	Usual  []float64 // [channels, regions, rows of Span]: exposure of the other world, in the table's units

	Direct       bool    // only what the channels sell themselves, without that of the channels they move
	Measured, SE float64 // in KPI units; SE includes Doubt
	Doubt        float64 // standard error of the change of exposure, relative to it; 0 if it is given
}

// tested is the other worlds of all experiments that a model uses. A row is a region of one of them.
type tested struct {
	lifts    []Lift
	rows     []int     // region of each row, experiment by experiment
	weeks    int       // up to the last that counts
	exposure []float64 // [rows, weeks, M], relative
}

// newTested returns nil if no experiment ends within the training weeks.
func newTested(d *Data, g *dag.Graph, lifts []Lift) (*tested, error) {
	t := &tested{}
	for _, l := range lifts {
		if l.Until <= d.Train {
			t.lifts, t.rows, t.weeks = append(t.lifts, l), append(t.rows, l.Regions...), max(t.weeks, l.Until)
		}
	}
	if len(t.lifts) == 0 {
		return nil, nil
	}
	travel, err := newTraveller(g, d.Weeks)
	if err != nil {
		return nil, err
	}
	for _, l := range t.lifts {
		for i, r := range l.Regions {
			exposure, err := l.exposure(d, i, travel)
			if err != nil {
				return nil, fmt.Errorf("the exposure of an experiment in region %d: %w", r, err)
			}
			t.exposure = append(t.exposure, exposure[:t.weeks*d.Channels]...)
		}
	}
	return t, nil
}

// exposure is the relative exposure [weeks, M] of the other world in the i-th region of an experiment. Descendants of the
// channels move by the structural equations, unless the effect is direct.
func (l Lift) exposure(d *Data, i int, travel *traveller) ([]float64, error) {
	T, M, r := d.Weeks, d.Channels, l.Regions[i]
	was := slices.Clone(d.Media[r*T*M:][:T*M])
	now := slices.Clone(was)
	held := make([]float64, T*M)
	for k, c := range l.Channels {
		for t := l.Span.From; t < l.Span.To; t++ {
			at := t*M + c
			now[at], held[at] = l.Factor*was[at], 1
			if l.Usual != nil {
				now[at] = 0
				if mean := d.Scaling.Media[r*M+c]; mean > 0 {
					now[at] = l.Usual[(k*len(l.Regions)+i)*l.Span.Len()+t-l.Span.From] / mean
				}
			}
		}
	}
	if l.Direct {
		return now, nil
	}
	return travel.to(was, now, held)
}

// traveller lets the exposure that some channels are given in one region travel to their descendants.
type traveller struct {
	exposure, set, held, moved *graph.Node
	machine                    *graph.Machine
}

func newTraveller(g *dag.Graph, weeks int) (*traveller, error) {
	M := g.Nodes()
	t := &traveller{}
	_, err := graph.Build(func() *graph.Node {
		s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 0))
		t.exposure, t.set, t.held = s.Input("exposure", 1, weeks, M), s.Input("set", 1, weeks, M), s.Input("held", weeks, M)
		t.moved = equations(s, g).Forward(t.exposure, t.set, t.held)
		return t.moved
	})
	if err != nil {
		return nil, err
	}
	t.machine = graph.NewMachine(graph.Nodes{t.moved})
	return t, nil
}

// to returns the exposure [weeks, M] after the held cells have changed from was to now.
func (t *traveller) to(was, now, held []float64) ([]float64, error) {
	copy(values(t.exposure), was)
	copy(values(t.set), now)
	copy(values(t.held), held)
	if err := t.machine.Run(); err != nil {
		return nil, err
	}
	return t.machine.Floats(t.moved), nil
}

// liftPenalties are ½((the model's lift − measured)/se)² of each experiment. The media of the other worlds come from a second pass
// through the layers of the first.
func (m *Model) liftPenalties(s *graph.Scope) []*graph.Node {
	if m.tested == nil {
		return nil
	}
	other, penalties := m.respondTested(s), []*graph.Node{}
	row := 0
	for i, l := range m.tested.lifts {
		rows := make([]int, len(l.Regions))
		for k := range rows {
			rows[k] = row + k
		}
		row += len(l.Regions)
		sold := func(media *graph.Node, where string, rows []int, weeks int) *graph.Node {
			cells := s.Constant(fmt.Sprintf("cells of experiment %d %s", i, where), m.cells(l, rows, media.Shape().TotalSize(), weeks), media.Shape()...)
			return op.Sum(op.Mul(media, cells))
		}
		with, without := sold(other, "in another world", rows, m.tested.weeks), sold(m.Media, "in the panel", l.Regions, m.Data.Weeks)
		if l.InPanel {
			with, without = without, with
		}
		penalties = append(penalties, layers.Shrink(op.Sub(with, without), l.Measured, l.SE))
	}
	return penalties
}

// respondTested is the media [rows, weeks, M] of the other worlds.
func (m *Model) respondTested(s *graph.Scope) *graph.Node {
	d, t := m.Data, m.tested
	N, R, M, C := len(t.rows), d.Regions, d.Channels, d.Controls
	exposure := s.Constant("exposure of experiments", t.exposure, N, t.weeks, M)
	var shares, controls *graph.Node
	if d.Scaling.Share != nil {
		shares = s.Constant("shares of experiments", t.regional(d.Scaling.Share, M), N, M)
	}
	if C > 0 {
		var here []float64
		for _, r := range t.rows {
			here = append(here, d.Control[r*d.Weeks*C:][:t.weeks*C]...)
		}
		controls = s.Constant("controls of experiments", here, N, t.weeks, C)
	}
	chosen := make([]float64, N*R)
	for n, r := range t.rows {
		chosen[n*R+r] = 1
	}
	strength := op.Product(s.Constant("regions of experiments", chosen, N, R), m.Strength)
	return m.respond(exposure, shares, strength, controls).media
}

// regional takes the rows of x [R, M].
func (t *tested) regional(x []float64, M int) (rows []float64) {
	for _, r := range t.rows {
		rows = append(rows, x[r*M:][:M]...)
	}
	return rows
}

// cells are the weights [rows, weeks, M] by which media add up to an experiment's target in KPI units. rows are those of its
// regions.
func (m *Model) cells(l Lift, rows []int, size, weeks int) []float64 {
	M := m.Data.Channels
	weights := make([]float64, size)
	for k, row := range rows {
		for t := l.Span.From; t < l.Until; t++ {
			unit := m.Data.unit(l.Regions[k]*m.Data.Weeks + t)
			for c := range M {
				if !l.Direct || slices.Contains(l.Channels, c) {
					weights[(row*weeks+t)*M+c] = unit
				}
			}
		}
	}
	return weights
}
