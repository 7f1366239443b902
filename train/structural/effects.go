package structural

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/train/model"
)

// Effects of the channels, in KPI units over all regions and weeks.
type Effects struct {
	KPI      float64     // predicted, as it happened
	Channels []Effect    // [M]
	Paths    []Path      // strongest first
	ByCell   [][]float64 // [M], [R, T]: total effect in each region and week
}

// Effect is the effect of one channel.
type Effect struct {
	Direct   float64 // of its own exposure
	Indirect float64 // through its descendants
	Total    float64 // KPI − KPI under do(exposure = 0)
}

// Path is an indirect effect along a path of channels, from the cause to the one that sells.
type Path struct {
	Channels []int
	Value    float64
}

// effectsOf evaluates the panel as it happened, and once for each channel switched off: its exposure is 0 in all weeks, and every
// descendant moves by the structural equations, lags included.
func effectsOf(m *Model, s *Structure) (*Effects, error) {
	R, T, M := m.Data.Regions, m.Data.Weeks, m.Data.Channels
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	media, kpi := m.Floats(m.Media), m.Floats(m.Prediction)
	e := &Effects{Channels: make([]Effect, M), ByCell: make([][]float64, M)}
	for cell, y := range kpi {
		e.KPI += m.Data.unit(cell) * y
	}
	for c := range M {
		e.ByCell[c] = make([]float64, R*T)
		for cell := range kpi {
			e.ByCell[c][cell] = m.Data.unit(cell) * media[cell*M+c]
		}
		e.Channels[c].Direct = floats.Sum(e.ByCell[c])
		e.Channels[c].Total = e.Channels[c].Direct
		if s.moves(c) || m.Shape.Units > 0 { // else what it sells is all that is lost
			if err := e.switchOff(m, s, c, kpi, media); err != nil {
				return nil, err
			}
		}
	}
	sortPaths(e.Paths)
	return e, nil
}

// switchOff evaluates the total effect of channel c, and its paths, given the KPI and the media as they happened.
func (e *Effects) switchOff(m *Model, s *Structure, c int, kpi, media []float64) error {
	M := m.Data.Channels
	exposure, err := s.Under(model.Intervention{Channels: map[int]float64{c: 0}}, 0)
	if err == nil {
		err = m.Under(exposure, nil, 0)
	}
	if err != nil {
		return err
	}
	without, theirs := m.Floats(m.Prediction), m.Floats(m.Media)
	through := make([]float64, M) // the loss of each descendant
	for cell := range without {
		e.ByCell[c][cell] = m.Data.unit(cell) * (kpi[cell] - without[cell])
		for j := range M {
			if j != c {
				through[j] += m.Data.unit(cell) * (media[cell*M+j] - theirs[cell*M+j])
			}
		}
	}
	effect := &e.Channels[c]
	effect.Total = floats.Sum(e.ByCell[c])
	effect.Indirect = effect.Total - effect.Direct
	if math.Abs(effect.Indirect) < rounding*math.Abs(e.KPI) {
		effect.Indirect, effect.Total = 0, effect.Direct
	}
	e.Paths = append(e.Paths, paths(s.Graph, c, through)...)
	return nil
}

// sortPaths puts the strongest first.
func sortPaths(all []Path) {
	slices.SortStableFunc(all, func(a, b Path) int { return cmp.Compare(math.Abs(b.Value), math.Abs(a.Value)) })
}

// add adds the part weight of other effects.
func (e *Effects) add(weight float64, o *Effects) {
	e.KPI += weight * o.KPI
	for c, x := range o.Channels {
		e.Channels[c].Direct += weight * x.Direct
		e.Channels[c].Indirect += weight * x.Indirect
		e.Channels[c].Total += weight * x.Total
		floats.AddScaled(e.ByCell[c], weight, o.ByCell[c])
	}
	for _, p := range o.Paths {
		at := slices.IndexFunc(e.Paths, func(q Path) bool { return slices.Equal(q.Channels, p.Channels) })
		if at < 0 {
			at, e.Paths = len(e.Paths), append(e.Paths, Path{Channels: p.Channels})
		}
		e.Paths[at].Value += weight * p.Value
	}
}

// DivergenceError is an effect that is not finite: with the channel switched off, the structural equations grow without
// bound. Channels that copy each other can be fitted by such equations.
type DivergenceError struct {
	Channel int
	Value   float64
}

func (e *DivergenceError) Error() string { return e.Of(fmt.Sprintf("channel %d", e.Channel+1)) }

// Of is the message with the channel's name.
func (e *DivergenceError) Of(channel string) string {
	return fmt.Sprintf("the total effect of %s is %v: the structural equations diverge when it is switched off", channel, e.Value)
}

// Check returns a *DivergenceError for the first effect that is not finite.
func (e *Effects) Check() error {
	for c, effect := range e.Channels {
		if math.IsNaN(effect.Total) || math.IsInf(effect.Total, 0) {
			return &DivergenceError{c, effect.Total}
		}
	}
	return nil
}

// rounding is the share of the KPI below which an indirect effect counts as 0: saturation without exposure is not exactly 0.
const rounding = 1e-9

// mostPaths bounds the number of paths from one channel: a dense graph has thousands.
const mostPaths = 1000

// paths divides the loss of each descendant among the paths that lead to it, in proportion to the products of their weights
// (Wright 1934), each edge's summed over its lags.
func paths(g *dag.Graph, from int, through []float64) []Path {
	M, all := len(through), g.Strongest()
	weight := func(i, j int) (sum float64) {
		for k := range 1 + g.Lags() {
			sum += g.Lag(k).At(i, j)
		}
		return sum
	}
	var found []Path
	products := make([]float64, M) // the sum over all paths to a channel
	var walk func(path []int, product float64)
	walk = func(path []int, product float64) {
		last := path[len(path)-1]
		for j := range M {
			if all.At(last, j) == 0 || len(found) == mostPaths {
				continue
			}
			p := Path{append(slices.Clone(path), j), product * weight(last, j)}
			products[j] += p.Value
			found = append(found, p)
			walk(p.Channels, p.Value)
		}
	}
	walk([]int{from}, 1)
	for i, p := range found {
		end := p.Channels[len(p.Channels)-1]
		found[i].Value = 0
		if products[end] != 0 {
			found[i].Value = through[end] * p.Value / products[end]
		}
	}
	return found
}

// meanEffects averages over the members, at their modes, and over the graphs.
func meanEffects(members []Member, graphs []*dag.Graph) (*Effects, error) {
	K := len(members)
	all, failures := make([]*Effects, K*len(graphs)), make([]error, K*len(graphs))
	cores.Each(K, func(k int) { // a model is not safe for concurrent use
		m := members[k].Fit.Model
		for g, graph := range graphs {
			s, err := NewStructure(m.Data, graph)
			if err == nil {
				all[k*len(graphs)+g], err = effectsOf(m, s)
			}
			failures[k*len(graphs)+g] = err
		}
	})
	var mean *Effects
	for i, e := range all {
		if failures[i] != nil {
			return nil, failures[i]
		}
		if mean == nil {
			mean = newEffects(len(e.Channels), len(e.ByCell[0]))
		}
		mean.add(members[i/len(graphs)].Weight/float64(len(graphs)), e)
	}
	sortPaths(mean.Paths)
	return mean, nil
}

func newEffects(channels, cells int) *Effects {
	e := &Effects{Channels: make([]Effect, channels), ByCell: make([][]float64, channels)}
	for c := range e.ByCell {
		e.ByCell[c] = make([]float64, cells)
	}
	return e
}
