package train

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/plan"
)

// PlanRequest is what a planner asks for.
type PlanRequest struct {
	Horizon     HorizonRequest
	Constraints *Constraints // nil: none
	Goal        plan.Goal    // an Amount of 0 of plan.MostValue is the status quo's spend; that of plan.LeastBudget is in units of the KPI
	Resolution  plan.Resolution
	Risk        float64     // quantile of the gain that is maximised; 0 is its mean
	Tables      []PlanTable // plans that someone wrote, to be valued beside the best
}

// Planner is a plan whose request has been checked.
type Planner struct {
	saved    *Saved
	request  PlanRequest
	horizon  *horizon
	channels []plan.Channel
	limits   []plan.Limit
	tables   [][]float64        // spend of each, [R, H, M]; NaN where it says nothing
	moved    map[int][2]float64 // multiples of the reference's spend of channels that others move
	value    []float64          // money per unit of the KPI; nil if the plan counts in units
	notes    []string
}

// planDraws is the number of draws from the posterior that a plan is made on.
const planDraws = 40

// Planner checks a request, before any work.
func (s *Saved) Planner(q PlanRequest) (*Planner, error) {
	if q.Constraints == nil {
		q.Constraints = &Constraints{}
	}
	if err := q.Constraints.knownChannels(s.Panel); err != nil {
		return nil, err
	}
	h, err := s.horizon(q.Horizon, q.Constraints.Prices)
	if err != nil {
		return nil, err
	}
	p := &Planner{saved: s, request: q, horizon: h, notes: h.Notes}
	if p.channels, p.limits, err = q.Constraints.resolve(h); err != nil {
		return nil, err
	}
	for _, table := range q.Tables {
		spend, err := table.spread(h, s)
		if err != nil {
			return nil, err
		}
		p.tables = append(p.tables, spend)
	}
	p.setValue()
	return p, nil
}

// setValue sets what a unit of the KPI is worth. A goal in units of the KPI counts in units if they are not all worth the same.
func (p *Planner) setValue() {
	p.value = p.horizon.Value
	if p.value == nil || p.request.Goal.Kind != plan.LeastBudget {
		return
	}
	if floats.Min(p.value) != floats.Max(p.value) {
		p.value = nil
		p.notes = append(p.notes, "the goal is in units of the KPI, which are not all worth the same: everything is counted in units")
		return
	}
	p.request.Goal.Amount *= p.value[0]
}

// Run finds the best plan, and values it beside the status quo and the plans that someone wrote.
func (p *Planner) Run(ctx context.Context) (*Plan, error) {
	h := p.horizon
	markets, err := p.saved.Fitted.(model.Marketed).Markets(h.Panel, 0, h.Span.From, planDraws) // horizon has asked
	if err != nil {
		return nil, err
	}
	return p.RunOn(ctx, markets)
}

// RunOn is Run on other markets than the model's, of the training's rows and those of horizon and tail: such as the truth of a simulated
// world, to tell what a better model would lead to.
func (p *Planner) RunOn(ctx context.Context, markets []model.Market) (*Plan, error) {
	channels, limits := p.boundMoved(markets)
	problem, err := p.problem(markets, channels)
	if err != nil {
		return nil, err
	}
	o := plan.Options{
		Goal: p.request.Goal, Resolution: p.request.Resolution, Limits: limits, Beyond: p.request.Constraints.ExposureLimit, Risk: p.request.Risk,
	}
	if o.Goal.Kind == plan.MostValue && o.Goal.Amount == 0 {
		today, err := problem.StatusQuo()
		if err != nil {
			return nil, err
		}
		o.Goal.Amount = today.Spend
	}
	result, err := problem.Optimise(ctx, o)
	if err != nil {
		return nil, err
	}
	out := p.describe(problem, result)
	for i, table := range p.request.Tables {
		valued, err := problem.Evaluate(table.Name, p.tables[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", table.File, err)
		}
		out.Scenarios = append(out.Scenarios, p.valued(valued, result.StatusQuo))
	}
	return out, nil
}

// problem is the plan's question to the draws of the model.
func (p *Planner) problem(markets []model.Market, channels []plan.Channel) (*plan.Problem, error) {
	h := p.horizon
	others, err := p.others()
	if err != nil {
		return nil, err
	}
	R, T, M := len(h.Panel.Regions), len(h.Panel.Weeks), len(h.Panel.Channels)
	price := make([]float64, 0, R*T*M)
	for r := range R {
		for range T {
			price = append(price, h.Price[r*M:][:M]...)
		}
	}
	return &plan.Problem{
		Markets: markets, Channels: channels, Regions: h.Panel.Regions, Weeks: h.Panel.Weeks, Horizon: h.Span, Tail: T - h.Span.To, Price: price,
		Value: p.value, Seen: h.Seen, Others: others,
	}, nil
}

// boundMoved bounds channels that others move by all of their spend, not by their own part: a channel whose spend comes mostly from
// others may have more of its own than 1.5 times as much.
func (p *Planner) boundMoved(markets []model.Market) (channels []plan.Channel, limits []plan.Limit) {
	p.moved = map[int][2]float64{}
	for _, market := range markets {
		for parent := range p.channels {
			for _, m := range market.Reach(parent) {
				if of := p.channels[m]; m != parent && of.Role == plan.Free {
					p.moved[m] = plan.DefaultRange
					if of.Range != nil {
						p.moved[m] = *of.Range
					}
				}
			}
		}
	}
	channels, limits = slices.Clone(p.channels), slices.Clone(p.limits)
	for _, m := range slices.Sorted(maps.Keys(p.moved)) {
		between := p.moved[m]
		limit := plan.Limit{Name: p.channels[m].Name, Channels: []int{m}, Relative: true}
		if between[0] > 0 {
			limit.Min = &between[0]
		}
		if !math.IsInf(between[1], 1) {
			limit.Max = &between[1]
		}
		channels[m].Range = &[2]float64{0, math.Inf(1)}
		if limit.Min != nil || limit.Max != nil {
			limits = append(limits, limit)
		}
	}
	return channels, limits
}

// atBound says whether a channel that others move has all of the spend that it may have.
func (p *Planner) atBound(m int, spend, today float64) string {
	between, moved := p.moved[m]
	const near = 1e-3
	switch {
	case !moved || !(today > 0):
		return ""
	case spend < between[0]*today*(1+near):
		return "min"
	case spend > between[1]*today*(1-near):
		return "max"
	}
	return ""
}

// others is the value of what the horizon's weeks sell without channels.
func (p *Planner) others() (float64, error) {
	h, T := p.horizon, len(p.horizon.Panel.Weeks)
	parts, err := p.saved.Fitted.Predict(h.Panel, 0, []model.Span{{Name: model.PartNew, Span: h.Span, Continues: true}})
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, c := range parts[0].Components {
		if c.Kind.Group() == model.Media {
			continue
		}
		for i, y := range c.Value {
			if p.value != nil {
				y *= p.value[parts[0].Cell(i, T)]
			}
			sum += y
		}
	}
	return sum, nil
}

// describe is a result in words and figures.
func (p *Planner) describe(problem *plan.Problem, r *plan.Result) *Plan {
	h, every := p.horizon, p.saved.Panel.Resolution
	out := &Plan{
		Version: planFormat, KPI: p.saved.Config.Data.Target, Money: p.value != nil, Every: every, Regions: h.Panel.Regions,
		Weeks: h.Panel.Weeks[h.Span.From:h.Span.To], Past: h.Past, Tail: problem.Tail, Draws: len(problem.Markets),
		Reference: [2]string{p.saved.Panel.Weeks[h.Reference.From], p.saved.Panel.Weeks[h.Reference.To-1]},
		Goal:      PlanGoal{r.Options.Goal.Kind, r.Options.Goal.Amount}, ByWeek: r.Options.Resolution.ByWeek, ByRegion: r.Options.Resolution.ByRegion,
		Risk: r.Options.Risk, ExposureLimit: r.Options.Beyond, Evaluations: r.Evaluations,
		StatusQuo: p.valued(r.StatusQuo, r.StatusQuo), Best: p.valued(r.Plan, r.StatusQuo), CutGain: figure(r.CutGain),
		Planned: p.request.Horizon.Planned != nil, Notes: slices.Concat(p.notes, r.Notes),
		cells: r.Plan, today: r.StatusQuo,
	}
	if r.DirectOnly != nil {
		direct := p.valued(r.DirectOnly, r.StatusQuo)
		out.DirectOnly = &direct
	}
	for _, b := range r.Binding {
		out.Binding = append(out.Binding, PlanBinding(b))
	}
	for _, s := range r.Starts {
		out.Starts = append(out.Starts, PlanStart(s))
	}
	out.Notices = p.saved.Notices
	for _, name := range h.Panel.Channels {
		if notice.Mark(p.saved.Notices, name) != "" {
			out.Marked = append(out.Marked, name)
		}
	}
	return out
}

// valued is a valuation with the changes from the status quo, channel by channel.
func (p *Planner) valued(v, today *plan.Valuation) PlanValue {
	out := PlanValue{
		Name: v.Name, Spend: v.Spend, Value: figure(v.Value), Gain: figure(v.Gain), Profit: figure(v.Profit), ROI: figure(v.ROI), Notes: v.Notes,
		Beyond: p.beyond(v.Beyond),
	}
	if v == today { // without what rounding leaves of it
		out.Gain, out.Profit = PlanFigure{}, PlanFigure{}
	}
	R, H, M := len(p.horizon.Panel.Regions), p.horizon.Span.Len(), len(p.channels)
	for m, c := range v.Channels {
		weekly := make([]float64, H)
		for cell := range R * H {
			weekly[cell%H] += v.CellSpend[cell*M+m]
		}
		out.Channels = append(out.Channels, PlanChannel{
			Name: c.Name, Role: c.Role, Kind: p.saved.Panel.Kind(m), Spend: c.Spend, OwnSpend: c.OwnSpend, MovedSpend: unrounded(c.MovedSpend, c.Spend), Exposure: c.Exposure,
			Value: figure(c.Value), Change: change(c.Value, today.Channels[m].Value), MarginalDirect: c.MarginalDirect, MarginalTotal: c.MarginalTotal,
			AtBound: cmp.Or(c.AtBound, p.atBound(m, c.Spend, today.Channels[m].Spend)), Weekly: weekly,
		})
	}
	return out
}

// unrounded is x without what rounding leaves of a quantity of a size.
func unrounded(x, size float64) float64 {
	if math.Abs(x) < 1e-9*size {
		return 0
	}
	return x
}

// beyond keeps of each channel the cell that is furthest beyond what was seen.
func (p *Planner) beyond(all []plan.Beyond) []PlanBeyond {
	found := map[int]*PlanBeyond{}
	for _, b := range all {
		here := PlanBeyond{
			Channel: p.channels[b.Channel].Name, Region: p.horizon.Panel.Regions[b.Region], Week: p.horizon.Panel.Weeks[b.Week], Exposure: b.Exposure, Seen: b.Seen,
		}
		if most := found[b.Channel]; most == nil {
			found[b.Channel] = &here
		} else if here.far() > most.far() {
			here.Cells = most.Cells
			*most = here
		}
		found[b.Channel].Cells++
	}
	var out []PlanBeyond
	for m := range p.channels {
		if found[m] != nil {
			out = append(out, *found[m])
		}
	}
	return out
}
