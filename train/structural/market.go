package structural

import (
	"cmp"
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

// Markets returns the markets of the first n draws that the file has. They share what is read only.
func (f *Fitted) Markets(p *panel.Panel, first, from, n int) ([]model.Market, error) {
	switch {
	case len(f.draws) == 0:
		return nil, errors.New("the model has no draws from the posterior: an earlier version trained it (train again)")
	case n < 1:
		return nil, fmt.Errorf("%d draws from the posterior are asked for, not 1 or more", n)
	case from < 0 || from >= len(p.Weeks):
		return nil, fmt.Errorf("nothing is decided on: of %d rows %d are history", len(p.Weeks), from)
	}
	d := f.scaling.Rescaled(p, f.train.To, first)
	exposure := p.Exposure(d.Media, f.scaling.exposure())
	for i := range exposure {
		if d.Scaling.Media[i/(d.Weeks*d.Channels)*d.Channels+i%d.Channels] == 0 {
			exposure[i] = 0
		}
	}
	plans := make([]*plan, len(f.graphs))
	cores.Each(len(f.graphs), func(g int) { plans[g] = newPlan(d, from, exposure, f.graphs[g]) })
	draws := f.draws[:min(n, len(f.draws))]
	markets, failures := make([]model.Market, len(draws)), make([]error, len(draws))
	cores.Each(len(draws), func(i int) { markets[i], failures[i] = f.market(plans[draws[i].Graph], draws[i]) })
	return markets, errors.Join(failures...)
}

// plan is what the planners of all channels decided on a panel, given a graph.
type plan struct {
	graph    *dag.Graph
	data     *Data
	from     int       // the first row that is decided on
	rest     []float64 // [R, T, M], relative: exposure without the channel's own part; nil: 0
	exposure []float64 // [R, T, M] in the table's units, as is planned
	planned  []float64
}

func newPlan(d *Data, from int, exposure []float64, g *dag.Graph) *plan {
	p := &plan{graph: g, data: d, from: from, exposure: exposure, planned: exposure}
	if g.Mechanism != dag.Amounts {
		return p
	}
	p.rest, p.planned = make([]float64, len(exposure)), slices.Clone(exposure)
	for i, own := range ownParts(d, g) {
		if r, c := i/(d.Weeks*d.Channels), i%d.Channels; own != d.Media[i] {
			p.rest[i], p.planned[i] = d.Media[i]-own, d.inUnits(r, c, own)
		}
	}
	return p
}

// inUnits is a relative exposure in the table's units: 0 if the channel was never on.
func (d *Data) inUnits(region, channel int, relative float64) float64 {
	if d.Scaling.Media[region*d.Channels+channel] == 0 {
		return 0
	}
	return d.Scaling.exposure().Units(region, channel, d.Channels, relative)
}

// relative is the inverse of inUnits.
func (d *Data) relative(region, channel int, units float64) float64 {
	mean := d.Scaling.Media[region*d.Channels+channel]
	if mean == 0 {
		return 0
	}
	if d.Scaling.Shift != nil {
		units -= d.Scaling.Shift[channel]
	}
	return units / mean
}

// market is the expression graph of a draw: the structural equations, and what the channels sell by the exposure that they lead to. It
// has the rows that are decided on, and those before them that they depend on.
type market struct {
	*plan
	model     *Model
	first     int         // row of the panel that is the graph's first
	as        []float64   // the exposure as it was [R, rows, M], relative
	set, held *graph.Node // the exposure that is decided on [R, rows, M], and where it is held [rows, M]

	byExposure, bySold *graph.Node // the adjoints [R, rows, M] of the relative exposure and of the model's media
	gradient           *graph.Node // by set

	own         []float64 // of the last run with channels that are held, [R, T, M]
	fixed       []bool    // [M]
	ran, pulled bool      // whether there was a run, and whether its memory has been reused

	led, sold, pull []float64 // [R, T, M]: what Exposure, Sold and Pull return; history remains what it was
}

// market builds the graph of a draw.
func (f *Fitted) market(p *plan, d keptDraw) (*market, error) {
	form := f.forms[d.Form]
	k := &market{plan: p, fixed: make([]bool, p.data.Channels), led: slices.Clone(p.exposure)}
	k.sold = make([]float64, len(k.led))
	k.first = p.from - min(p.from, f.remembered(form.Shape, p.data.Every))
	var carried []float64
	if p.from > 0 {
		past, err := f.past(p.data.cut(0, p.from), d)
		if err != nil {
			return nil, err
		}
		carried = past.output(past.Carried)
		k.remember(past.output(past.Media))
	}
	here := p.data.cut(k.first, p.data.Weeks)
	if k.first > 0 && cmp.Or(form.Shape.CarryOver, Geometric) == Geometric {
		here.startFrom(carried)
	}
	var err error
	k.model, err = f.media(here, form.Shape, func(s *graph.Scope, d *Data) *graph.Node {
		R, T, M := d.Regions, d.Weeks, d.Channels
		k.set, k.held = s.Input("set", R, T, M), s.Input("held", T, M)
		exposure := s.Constant("exposure", d.Media, R, T, M)
		k.as = values(exposure)
		return equations(s, p.graph).Forward(exposure, k.set, k.held)
	}, func(m *Model) []graph.Nodes {
		s := graph.NewScope(m.Graph, m.Params)
		k.byExposure, k.bySold = s.Input("by exposure", m.Exposure.Shape()...), s.Input("by sold", m.Media.Shape()...)
		outputs := graph.Nodes{m.Exposure, m.Media}
		k.gradient = graph.Pull(outputs, graph.Nodes{k.byExposure, k.bySold}, k.set)[0]
		return []graph.Nodes{outputs, {k.gradient}}
	})
	if err != nil {
		return nil, err
	}
	d.into(k.model.Params, form.params)
	here.Media = nil // the graph has it
	return k, nil
}

// past is the model of a draw on history, evaluated.
func (f *Fitted) past(history *Data, d keptDraw) (*Model, error) {
	form := f.forms[d.Form]
	m, err := f.media(history, form.Shape, func(s *graph.Scope, d *Data) *graph.Node {
		return s.Constant("exposure", d.Media, d.Regions, d.Weeks, d.Channels)
	}, func(m *Model) []graph.Nodes { return []graph.Nodes{{m.Carried, m.Media}} })
	if err != nil {
		return nil, err
	}
	d.into(m.Params, form.params)
	return m, m.machine.Run()
}

// remember takes what the model's channels sold [R, from, M] before anything is decided on.
func (k *market) remember(media []float64) {
	T, M := k.data.Weeks, k.data.Channels
	for i, sold := range media {
		r, t, c := i/(k.from*M), i/M%k.from, i%M
		k.sold[(r*T+t)*M+c] = sold * k.data.unit(r*T+t)
	}
}

// remembered is the number of rows that what is sold in a row depends on, without the row itself. A geometric carry-over has all of
// them in its state.
func (f *Fitted) remembered(shape Shape, every panel.Resolution) int {
	switch form := cmp.Or(shape.CarryOver, Geometric); {
	case shape.Units > 0 || f.settings.Design.CarryOver != nil:
		return math.MaxInt
	case form == NoCarryOver:
		return 0
	case form == Geometric:
		return 1
	}
	return window(every) - 1
}

// media is the model of a draw as far as media need it: the parts that they do not, such as the trend, are not evaluated and have no
// memory. exposure builds the exposure, and targets lists what is evaluated.
func (f *Fitted) media(d *Data, shape Shape, exposure func(*graph.Scope, *Data) *graph.Node, targets func(*Model) []graph.Nodes) (*Model, error) {
	if shape.Units == 0 {
		d.Controls, d.Control = 0, nil
	}
	design := f.settings.Design
	design.Penalty = nil
	m := &Model{Data: d, Shape: shape, Graph: gorgonia.NewGraph(), Params: graph.NewParams(tensor.Float64, 0), options: Options{Design: design}}
	stages, err := graph.Build(func() []graph.Nodes {
		s := graph.NewScope(m.Graph, m.Params)
		m.Exposure = exposure(s, d)
		m.forward(s)
		return targets(m)
	})
	if err != nil {
		return nil, fmt.Errorf("structural: %w", err)
	}
	m.machine = graph.NewMachine(stages...)
	return m, nil
}

// cut are some rows of the data, as far as media need them.
func (d *Data) cut(from, to int) *Data {
	part := &Data{
		Regions: d.Regions, Weeks: to - from, Channels: d.Channels, Controls: d.Controls, Scaling: d.Scaling,
		Years: d.Years[from:to], Every: d.Every, Train: d.Train, From: d.From + from,
	}
	part.Media = make([]float64, 0, d.Regions*part.Weeks*d.Channels)
	for r := range d.Regions {
		part.Media = append(part.Media, d.Media[(r*d.Weeks+from)*d.Channels:(r*d.Weeks+to)*d.Channels]...)
		part.Control = append(part.Control, d.Control[(r*d.Weeks+from)*d.Controls:(r*d.Weeks+to)*d.Controls]...)
	}
	return part
}

// startFrom sets the exposure of the first row such that a geometric carry-over starts from the last row of what was carried before
// [R, rows, M]: it takes exposure before the first row to equal the first row's.
func (d *Data) startFrom(carried []float64) {
	R, M, before := d.Regions, d.Channels, len(carried)/(d.Regions*d.Channels)
	for r := range R {
		last := carried[((r+1)*before-1)*M:][:M]
		for c, a := range last {
			if d.Scaling.Share != nil && a != 0 {
				a /= d.Scaling.Share[r*M+c]
			}
			d.Media[r*d.Weeks*M+c] = a
		}
	}
}

// each visits the rows that are decided on: the first cell of each among all cells, and among those of the graph.
func (k *market) each(visit func(region, row, all, here int)) {
	T, M := k.data.Weeks, k.data.Channels
	for r := range k.data.Regions {
		for t := k.from; t < T; t++ {
			visit(r, t, (r*T+t)*M, (r*(T-k.first)+t-k.first)*M)
		}
	}
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
	clear(k.fixed)
	copy(k.fixed, held)
	set := values(k.set)
	copy(set, k.as)
	var refused error
	k.each(func(region, row, all, here int) {
		for c, fixed := range k.fixed {
			units := own[all+c]
			if fixed && units == k.exposure[all+c] || !fixed && units == k.planned[all+c] {
				continue // as it was, to the last bit
			}
			relative := d.relative(region, c, units)
			if !(relative >= 0) || math.IsInf(relative, 0) {
				refused = fmt.Errorf("structural: the own part of channel %d in region %d and row %d is %v, not a finite number of at least 0",
					c, region, row, units)
			}
			if !fixed && k.rest != nil {
				relative += k.rest[all+c]
			}
			set[here+c] = relative
		}
	})
	if refused != nil {
		return refused
	}
	where := values(k.held)
	clear(where)
	for i := (k.from - k.first) * d.Channels; i < len(where); i++ {
		if k.fixed[i%d.Channels] {
			where[i] = 1
		}
	}
	if held != nil {
		k.own = append(k.own[:0], own...)
	}
	k.ran, k.pulled = true, false
	return k.model.machine.RunTo(0)
}

// Exposure is the exposure of the last run, [R, T, M] in the table's units.
func (k *market) Exposure() []float64 {
	moved := k.model.output(k.model.Exposure)
	k.each(func(region, _, all, here int) {
		for c, fixed := range k.fixed {
			switch relative := moved[here+c]; {
			case relative == k.as[here+c]:
				k.led[all+c] = k.exposure[all+c]
			case fixed:
				k.led[all+c] = k.own[all+c]
			default:
				k.led[all+c] = k.data.inUnits(region, c, relative)
			}
		}
	})
	return k.led
}

// output is the memory of a target of the last run, which the next one overwrites.
func (m *Model) output(n *graph.Node) []float64 { return m.machine.Value(n).(*tensor.Dense).Float64s() }

// Sold is what the channels add to the KPI in the last run, [R, T, M].
func (k *market) Sold() []float64 {
	media := k.model.output(k.model.Media)
	k.each(func(region, row, all, here int) {
		unit := k.data.unit(region*k.data.Weeks + row)
		for c := range k.data.Channels {
			k.sold[all+c] = media[here+c] * unit
		}
	})
	return k.sold
}

// Pull is the gradient of Σ byExposure·Exposure + Σ bySold·Sold at the last run by its own parts, [R, T, M].
func (k *market) Pull(byExposure, bySold []float64) ([]float64, error) {
	d := k.data
	if len(byExposure) != len(k.planned) || len(bySold) != len(k.planned) {
		return nil, fmt.Errorf("structural: adjoints of %d and %d cells in a market of %d", len(byExposure), len(bySold), len(k.planned))
	}
	if !k.ran {
		return nil, errors.New("structural: a market has no gradient before its first run")
	}
	exposure, sold := values(k.byExposure), values(k.bySold)
	k.each(func(region, row, all, here int) {
		unit := d.unit(region*d.Weeks + row)
		for c, mean := range d.Scaling.Media[region*d.Channels:][:d.Channels] {
			exposure[here+c], sold[here+c] = byExposure[all+c]*mean, bySold[all+c]*unit
		}
	})
	evaluate := func() error { return k.model.machine.Continue(1) }
	if k.pulled {
		evaluate = k.model.machine.Run
	}
	k.pulled = true
	if err := evaluate(); err != nil {
		return nil, err
	}
	if k.pull == nil {
		k.pull = make([]float64, len(k.planned))
	}
	relative := k.model.output(k.gradient)
	k.each(func(region, _, all, here int) {
		for c, mean := range d.Scaling.Media[region*d.Channels:][:d.Channels] {
			if mean > 0 {
				k.pull[all+c] = relative[here+c] / mean
			}
		}
	})
	return k.pull, nil
}

// Reach lists the channels whose exposure follows a channel's, itself first, parents before children.
func (k *market) Reach(channel int) []int {
	reached, edges := []int{channel}, k.graph.Edges()
	for _, c := range k.graph.Order() {
		for _, e := range edges {
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
