package structural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
)

// Member is a fitted shape of an average.
type Member struct {
	What   string
	Weight float64 // of the average; those of all members add up to 1
	Fit    *Fit
}

// Draw is a draw from the posterior of an average: of a member by weight, of its parameters, and of the channel graph.
type Draw struct {
	Effects   []Effect // [M]
	KPI       float64
	Predicted []float64   // [R, T], KPI units, an observation: with noise, and with a random trend after the training weeks
	Curves    [][]float64 // [M][points] of the response curves; nil without
	Graph     *dag.Graph

	member     int       // the form
	parameters []float64 // see keptDraw
}

// LeftOut is a draw whose effects are not finite.
type LeftOut struct {
	Draw int // from 1
	Err  error
}

// sampler draws from the posterior of an average.
type sampler struct {
	members    []Member
	posteriors []*Posterior
	graphs     []*dag.Graph
	seed       uint64
	points     [][]float64 // [M][points]: the exposures of the response curves; nil without
}

// newSampler approximates the posterior of each member.
func newSampler(members []Member, graphs []*dag.Graph, seed uint64) (*sampler, error) {
	s := &sampler{members: members, posteriors: make([]*Posterior, len(members)), graphs: graphs, seed: seed}
	failures := make([]error, len(members))
	cores.Each(len(members), func(k int) { s.posteriors[k], failures[k] = members[k].Fit.Model.posterior() })
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// draw returns n draws, and those that are left out since their effects are not finite. They depend on the seed, not on the
// number of cores. If more than half are left out, that is an error. observe, if not nil, is called after each draw.
func (s *sampler) draw(ctx context.Context, n int, observe func(done int)) ([]Draw, []LeftOut, error) {
	drawn, failures := make([]Draw, n), make([]error, n)
	var mutex sync.Mutex
	done := 0
	G := len(s.graphs)
	cores.Each(G, func(g int) { // all draws of a graph, one after the other: they share its equations
		h := hand{sampler: s, graph: s.graphs[g], models: make([]*Model, len(s.members)), probes: make([]*layers.Probe, len(s.members))}
		for i := g; i < n && ctx.Err() == nil; i += G {
			drawn[i], failures[i] = h.draw(i)
			mutex.Lock()
			if done++; observe != nil {
				observe(done)
			}
			mutex.Unlock()
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var draws []Draw
	var out []LeftOut
	for i, err := range failures {
		if err != nil {
			out = append(out, LeftOut{i + 1, err})
			continue
		}
		draws = append(draws, drawn[i])
	}
	if 2*len(out) > n {
		return nil, out, fmt.Errorf("%d of %d draws from the posterior are not finite; the first: %w", len(out), n, out[0].Err)
	}
	return draws, out, nil
}

// member is the one of draw i: of any run of draws, each member has about its weight (a Kronecker sequence).
func (s *sampler) member(i int) int {
	_, u := math.Modf((float64(i) + 0.5) * math.Phi)
	for k, m := range s.members {
		if u -= m.Weight; u < 0 {
			return k
		}
	}
	return 0 // the heaviest
}

// hand makes the draws of one graph.
type hand struct {
	*sampler
	graph     *dag.Graph
	structure *Structure
	models    []*Model // of the members, with parameters of their own
	probes    []*layers.Probe
}

func (h *hand) draw(i int) (Draw, error) {
	rng := rand.New(rand.NewPCG(h.seed, uint64(i)+1))
	k := h.member(i)
	fit := h.members[k].Fit
	d := fit.Model.Data
	var err error
	if h.structure == nil {
		if h.structure, err = NewStructure(d, h.graph); err != nil {
			return Draw{}, err
		}
	}
	if h.models[k] == nil {
		params := graph.NewParams(tensor.Float64, h.seed)
		if h.models[k], err = NewModel(d, fit.Model.Shape, fit.Model.options, params, false); err != nil {
			return Draw{}, err
		}
	}
	m := h.models[k]
	m.setParameters(fit.Model, h.posteriors[k].Draw(rng))
	effects, err := effectsOf(m, h.structure)
	if err == nil {
		err = effects.Check()
	}
	if err == nil {
		err = m.Evaluate()
	}
	if err != nil {
		return Draw{}, err
	}
	drawn := Draw{Effects: effects.Channels, KPI: effects.KPI, Predicted: fit.observation(m, rng), Graph: h.graph, member: k}
	drawn.parameters = allValues(m.Params)
	drawn.Curves, err = h.curves(k)
	return drawn, err
}

// curves are the response curves of member k's draw, whose model was evaluated.
func (h *hand) curves(k int) ([][]float64, error) {
	if h.points == nil {
		return nil, nil
	}
	if h.probes[k] == nil {
		var err error
		if h.probes[k], err = h.models[k].probe(h.points); err != nil {
			return nil, err
		}
	}
	return h.models[k].curves(h.probes[k])
}

// setParameters sets the parameters by the vector of another model's, which has them too.
func (m *Model) setParameters(of *Model, x []float64) {
	for _, p := range of.Parameters {
		n := len(p.Value.Float64s())
		if to := m.Params.Get(p.Name); to != nil {
			copy(to.Value.Float64s(), x[:n])
		}
		x = x[n:]
	}
}

// walk is the standard deviation by row of a trend that goes on at random with steps of the fitted trend's size.
func (f *Fit) walk() (national, regional float64) {
	m := f.Model
	l, ok := m.baseline.(stepping)
	if !ok {
		return 0, 0
	}
	perRow := math.Sqrt(float64(m.Shape.Knots) / float64(m.Data.Train))
	n, r := l.Steps()
	return perRow * panel.RMS(n), perRow * panel.RMS(r)
}

// observation draws what would be observed where a model was evaluated: the prediction in KPI units plus noise of the fit's size,
// and after the training weeks a trend that goes on at random, see walk.
func (f *Fit) observation(m *Model, rng *rand.Rand) []float64 {
	d := m.Data
	predicted, level := m.Floats(m.Prediction), m.Floats(m.Level)
	national, regional := f.walk()
	walk := make([]float64, d.Weeks)
	for t := d.Train; t < d.Weeks; t++ {
		walk[t] = walk[t-1] + national*rng.NormFloat64()
	}
	for r := range d.Regions {
		own := 0.0
		for t := range d.Weeks {
			cell := r*d.Weeks + t
			if t >= d.Train {
				own += regional * rng.NormFloat64()
			}
			predicted[cell] += level[cell]*(walk[t]+own) + f.noise(rng)
			predicted[cell] *= d.unit(cell)
		}
	}
	return predicted
}

// noise draws from Student's t distribution of the fit's noise.
func (f *Fit) noise(rng *rand.Rand) float64 {
	return distuv.StudentsT{Sigma: f.Sigma, Nu: f.Dof, Src: rng}.Rand()
}
