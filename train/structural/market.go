package structural

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

var _ model.Marketed = (*Fitted)(nil)

// Markets returns the markets of the first n draws that the file has. They share what is read only: different markets may be used
// concurrently.
func (f *Fitted) Markets(p *panel.Panel, first, n int) ([]model.Market, error) {
	if len(f.draws) == 0 {
		return nil, errors.New("the model has no draws from the posterior: an earlier version trained it (train again)")
	}
	if n < 1 {
		return nil, fmt.Errorf("%d draws from the posterior are asked for, not 1 or more", n)
	}
	d := f.scaling.Rescaled(p, f.train.To, first)
	exposure := p.Exposure(d.Media, f.scaling.exposure())
	for i := range exposure {
		if d.mean(i) == 0 {
			exposure[i] = 0
		}
	}
	plans := make([]*plan, len(f.graphs))
	cores.Each(len(f.graphs), func(g int) { plans[g] = newPlan(d, exposure, f.graphs[g]) })
	draws := f.draws[:min(n, len(f.draws))]
	markets, failures := make([]model.Market, len(draws)), make([]error, len(draws))
	cores.Each(len(draws), func(i int) { markets[i], failures[i] = f.market(plans[draws[i].Graph], draws[i]) })
	return markets, errors.Join(failures...)
}

// plan is what the planners of all channels decided on a panel, given a graph.
type plan struct {
	graph    *dag.Graph
	data     *Data
	own      []float64 // [R, T, M], relative
	exposure []float64 // [R, T, M] in the table's units, as is planned
	planned  []float64
}

func newPlan(d *Data, exposure []float64, g *dag.Graph) *plan {
	p := &plan{graph: g, data: d, own: ownParts(d, g), exposure: exposure, planned: exposure}
	if g.Mechanism == dag.Amounts {
		p.planned = slices.Clone(exposure)
		for i, own := range p.own {
			if own != d.Media[i] {
				p.planned[i] = d.inUnits(i, own)
			}
		}
	}
	return p
}

// mean is the exposure that is 1 in a cell i of [R, T, M]; 0 if the channel was never on.
func (d *Data) mean(i int) float64 {
	return d.Scaling.Media[i/(d.Weeks*d.Channels)*d.Channels+i%d.Channels]
}

// inUnits is a relative exposure of a cell i of [R, T, M] in the table's units.
func (d *Data) inUnits(i int, relative float64) float64 {
	if d.mean(i) == 0 {
		return 0
	}
	return d.Scaling.exposure().Units(i/(d.Weeks*d.Channels), i%d.Channels, d.Channels, relative)
}

// relative is the inverse of inUnits.
func (d *Data) relative(i int, units float64) float64 {
	mean := d.mean(i)
	if mean == 0 {
		return 0
	}
	if from := d.Scaling.Shift; from != nil {
		units -= from[i%d.Channels]
	}
	return units / mean
}

// market is the expression graph of a draw: the structural equations, and what the channels sell by the exposure that they lead to.
type market struct {
	*plan
	model     *Model
	set, held *graph.Node // the exposure that is decided on [R, T, M], relative, and where it is held [T, M]

	byExposure, bySold *graph.Node // the adjoints [R, T, M] of the relative exposure and of the model's media
	gradient           *graph.Node // by set

	own    []float64 // of the last run, [R, T, M]; nil before it
	fixed  []bool    // [M]
	pulled bool      // the memory of the last run has been reused
}

// market builds the graph of a draw. Of the model it evaluates no more than media need; the parts that they do not, such as the
// trend, have no memory.
func (f *Fitted) market(p *plan, d drawn) (*market, error) {
	form, light := f.forms[d.Form], *p.data
	light.Days = nil
	if form.Shape.Units == 0 {
		light.Controls, light.Control = 0, nil
	}
	design := f.settings.Design
	design.Penalty = nil
	params := graph.NewParams(tensor.Float64, 0)
	m := &Model{Data: &light, Shape: form.Shape, Graph: gorgonia.NewGraph(), Params: params, options: Options{Design: design}}
	k := &market{plan: p, model: m, fixed: make([]bool, light.Channels)}
	stages, err := graph.Build(func() []graph.Nodes {
		s := graph.NewScope(m.Graph, params)
		R, T, M := light.Regions, light.Weeks, light.Channels
		k.set, k.held = s.Input("set", R, T, M), s.Input("held", T, M)
		m.Exposure = equations(s, p.graph).Forward(s.Constant("exposure", light.Media, R, T, M), k.set, k.held)
		m.forward(s)
		k.byExposure, k.bySold = s.Input("by exposure", R, T, M), s.Input("by sold", R, T, M)
		outputs := graph.Nodes{m.Exposure, m.Media}
		k.gradient = graph.Pull(outputs, graph.Nodes{k.byExposure, k.bySold}, k.set)[0]
		return []graph.Nodes{outputs, {k.gradient}}
	})
	if err != nil {
		return nil, fmt.Errorf("structural: %w", err)
	}
	m.machine = graph.NewMachine(stages...)
	d.into(params, form.params)
	return k, nil
}

// Planned is the own part of the panel's exposure, [R, T, M] in the table's units; 0 where a channel was never on.
func (k *market) Planned() []float64 { return slices.Clone(k.planned) }

// Run evaluates own parts [R, T, M] in the table's units. A channel that was never on in the training stays at 0.
func (k *market) Run(own []float64, held []bool) error {
	d := k.data
	if len(own) != len(k.planned) || held != nil && len(held) != d.Channels {
		return fmt.Errorf("structural: own parts of %d cells and %d held channels in a market of %d cells and %d channels",
			len(own), len(held), len(k.planned), d.Channels)
	}
	set := values(k.set)
	clear(k.fixed)
	copy(k.fixed, held)
	for i, units := range own {
		relative := d.relative(i, units)
		if !(relative >= 0) && units != k.exposure[i] || math.IsInf(relative, 0) {
			return fmt.Errorf("structural: the own part of channel %d in region %d and row %d is %v, not a finite number of at least 0",
				i%d.Channels, i/d.Channels/d.Weeks, i/d.Channels%d.Weeks, units)
		}
		switch fixed := k.fixed[i%d.Channels]; {
		case fixed && units == k.exposure[i], !fixed && units == k.planned[i]:
			set[i] = d.Media[i] // to the last bit
		case fixed:
			set[i] = relative
		default:
			set[i] = d.Media[i] - k.plan.own[i] + relative
		}
	}
	for i := range values(k.held) {
		values(k.held)[i] = 0
		if k.fixed[i%d.Channels] {
			values(k.held)[i] = 1
		}
	}
	k.own, k.pulled = append(k.own[:0], own...), false
	return k.model.machine.RunTo(0)
}

// Exposure is the exposure of the last run, [R, T, M] in the table's units.
func (k *market) Exposure() []float64 {
	exposure := k.model.Floats(k.model.Exposure)
	for i, relative := range exposure {
		switch {
		case relative == k.data.Media[i]:
			exposure[i] = k.exposure[i]
		case k.fixed[i%k.data.Channels]:
			exposure[i] = k.own[i]
		default:
			exposure[i] = k.data.inUnits(i, relative)
		}
	}
	return exposure
}

// Sold is what the channels add to the KPI in the last run, [R, T, M].
func (k *market) Sold() []float64 {
	sold := k.model.Floats(k.model.Media)
	for i := range sold {
		sold[i] *= k.data.unit(i / k.data.Channels)
	}
	return sold
}

// Pull is the gradient of Σ byExposure·Exposure + Σ bySold·Sold at the last run by its own parts, [R, T, M].
func (k *market) Pull(byExposure, bySold []float64) ([]float64, error) {
	if len(byExposure) != len(k.planned) || len(bySold) != len(k.planned) {
		return nil, fmt.Errorf("structural: adjoints of %d and %d cells in a market of %d", len(byExposure), len(bySold), len(k.planned))
	}
	if k.own == nil {
		return nil, errors.New("structural: a market has no gradient before its first run")
	}
	exposure, sold := values(k.byExposure), values(k.bySold)
	for i := range exposure {
		exposure[i], sold[i] = byExposure[i]*k.data.mean(i), bySold[i]*k.data.unit(i/k.data.Channels)
	}
	evaluate := func() error { return k.model.machine.Continue(1) }
	if k.pulled {
		evaluate = k.model.machine.Run
	}
	k.pulled = true
	if err := evaluate(); err != nil {
		return nil, err
	}
	gradient := k.model.Floats(k.gradient)
	for i := range gradient {
		if mean := k.data.mean(i); mean > 0 {
			gradient[i] /= mean
		} else {
			gradient[i] = 0
		}
	}
	return gradient, nil
}

// Reach lists the channels whose exposure follows a channel's, itself first, parents before children.
func (k *market) Reach(channel int) []int {
	reached := []int{channel}
	for _, c := range k.graph.Order() {
		for _, e := range k.graph.Edges() {
			if e.To == c && c != channel && slices.Contains(reached, e.From) {
				reached = append(reached, c)
				break
			}
		}
	}
	return reached
}

// Additive reports whether what a channel sells depends on its own exposure only: coefficients that vary depend on all channels', and
// layers of another design may.
func (k *market) Additive() bool {
	design := k.model.options.Design
	return k.model.Shape.Units == 0 && design.CarryOver == nil && design.Saturation == nil
}
