package evaluate

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/simulate"
	"deepcausalmmm/train"
)

// PlanOptions say how plans are checked.
type PlanOptions struct {
	Options
	Count   int     // number of worlds
	Seed    uint64  // of the first world; the others follow
	Risk    float64 // quantile of the gain that plans maximise; 0 is its mean
	Planned func(r PlanRow, finished, all int)
}

// Check returns an error in the settings, without any work.
func (o PlanOptions) Check() error {
	p := planned{config: simulate.Config{Regions: 2}}
	_, err := (&World{Table: knownTable, columns: p.columns()}).config(o.Set)
	return err
}

// PlanRow is what a plan led to in one world. Gains are of the KPI over the horizon and the weeks after it, against what the world's
// planners do; a unit of the KPI is worth a unit of money.
type PlanRow struct {
	Name      string // of the catalogue, with the seed
	Regions   int
	Today     float64          // spend of the status quo in the horizon
	Plan      Played           // the plan made on the model, each channel with the plan's spend
	Best      Played           // the plan made on the truth, with as much money as Plan spends, or today's if that is more
	Direct    Played           // the plan of someone who sees direct effects only, each channel with its spend
	ByLever   Played           // Plan's multiples of own parts, whatever they cost in the world
	Predicted train.PlanFigure // Plan's gain as the model predicts it
	Channels  []PlannedChannel
	Seconds   float64
	Err       error // why there is no result
}

// Played is what a plan leads to in the world.
type Played struct {
	Gain  float64
	Spend float64 // of the horizon, and what changes after it
}

// PlannedChannel has the multiples of a channel's own part.
type PlannedChannel struct {
	Name               string
	Today              float64 // spend
	Plan, Best, Direct float64
}

// Ratio is the plan's gain by that of the best plan.
func (r PlanRow) Ratio() float64 { return r.Plan.Gain / r.Best.Gain }

// Covered reports whether the 80 % interval of the predicted gain has the true one.
func (r PlanRow) Covered() bool {
	return r.Predicted.Low <= r.Plan.Gain && r.Plan.Gain <= r.Predicted.High
}

// RunPlans checks plans in simulated worlds, several at a time. A world that fails is a row with an error. The files of each world go to
// a folder of dir.
func RunPlans(ctx context.Context, dir string, o PlanOptions) ([]PlanRow, error) {
	rows := make([]PlanRow, o.Count)
	err := inParallel(ctx, o.Jobs, o.Count, func(i int) { rows[i] = checkPlan(ctx, dir, i, o) }, func(i, finished int) {
		if o.Planned != nil {
			o.Planned(rows[i], finished, o.Count)
		}
	})
	return rows, err
}

func checkPlan(ctx context.Context, dir string, i int, o PlanOptions) (row PlanRow) {
	began, name := time.Now(), plannedName(i, o.Seed+uint64(i))
	row.Name = name
	defer func() {
		if problem := recover(); problem != nil { // a defect in one world must not end the others
			row = PlanRow{Name: name, Err: fmt.Errorf("%s: the plan panicked: %v", name, problem)}
		}
		row.Seconds = time.Since(began).Seconds()
	}()
	p, err := newPlanned(i, o.Seed+uint64(i), filepath.Join(dir, name))
	if err == nil {
		row.Regions = p.config.Regions
		err = row.check(ctx, p, o)
	}
	if err != nil {
		row.Err = fmt.Errorf("%s: %w", name, err)
	}
	return row
}

// check trains on the weeks before the horizon, plans, and plays the plans in the world.
func (row *PlanRow) check(ctx context.Context, p *planned, o PlanOptions) error {
	saved, err := p.train(ctx, o.Options)
	if err != nil {
		return err
	}
	made, err := p.plan(ctx, saved, question{risk: o.Risk})
	if err != nil {
		return err
	}
	row.Today, row.Predicted = made.StatusQuo.Spend, made.Best.Gain
	chosen, err := p.keepSpend(made.Best)
	if err != nil {
		return err
	}
	direct := chosen
	if made.DirectOnly != nil {
		if direct, err = p.keepSpend(*made.DirectOnly); err != nil {
			return err
		}
	}
	if row.Plan, err = p.play(chosen); err != nil {
		return err
	}
	market, err := p.world.Market()
	if err != nil {
		return err
	}
	best, err := p.plan(ctx, saved, question{budget: max(row.Plan.Spend, row.Today), truth: market})
	if err != nil {
		return err
	}
	optimum := multiples(best)
	for _, other := range []struct {
		played *Played
		by     map[string]float64
	}{{&row.Best, optimum}, {&row.Direct, direct}, {&row.ByLever, multiples(made)}} {
		if *other.played, err = p.play(other.by); err != nil {
			return err
		}
	}
	for _, c := range made.StatusQuo.Channels {
		if slices.Contains(p.config.Channels, c.Name) {
			row.Channels = append(row.Channels, PlannedChannel{c.Name, c.Spend, chosen[c.Name], optimum[c.Name], direct[c.Name]})
		}
	}
	return nil
}

// multiples are those of the own parts that a plan has for the channels that cost something.
func multiples(made *train.Plan) map[string]float64 {
	by := map[string]float64{}
	for m, c := range made.Best.Channels {
		if own := made.StatusQuo.Channels[m].OwnSpend; own > 0 {
			by[c.Name] = c.OwnSpend / own
		}
	}
	return by
}

// keepSpend returns the multiples of own parts with which the world's planners spend in the horizon what a plan has for each channel,
// parents before children: what others move is spend too, and leaves more or less for a channel's own part.
func (p *planned) keepSpend(v train.PlanValue) (map[string]float64, error) {
	by := map[string]float64{}
	spent := func(m int, multiple float64) (float64, error) {
		by[p.config.Channels[m]] = multiple
		under, err := p.world.Intervene(p.lever(by))
		if err != nil {
			return 0, err
		}
		_, weekly := under.Spend(m)
		return floats.Sum(weekly[p.known : p.known+horizonWeeks]), nil
	}
	for _, name := range p.world.Truth().CausalOrder {
		m := slices.Index(p.config.Channels, name)
		at := slices.IndexFunc(v.Channels, func(c train.PlanChannel) bool { return c.Name == name })
		if m < 0 || at < 0 { // a mediator
			continue
		}
		moved, err := spent(m, 0)
		if err != nil {
			return nil, err
		}
		all, err := spent(m, 1)
		if err != nil {
			return nil, err
		}
		if by[name] = 1; all > moved { // spend is linear in the own part
			by[name] = max(0, (v.Channels[at].Spend-moved)/(all-moved))
		}
	}
	return by, nil
}

// play plays multiples of own parts in the horizon.
func (p *planned) play(by map[string]float64) (Played, error) {
	under, err := p.world.Intervene(p.lever(by))
	if err != nil {
		return Played{}, err
	}
	var out Played
	for r, sales := range under.Intervened {
		out.Gain += floats.Sum(sales) - floats.Sum(under.AsItIs[r])
	}
	for m := range p.config.Channels {
		before, after := under.Spend(m)
		out.Spend += floats.Sum(after) - floats.Sum(before) + floats.Sum(before[p.known:p.known+horizonWeeks])
	}
	return out, nil
}

// lever multiplies own parts in the horizon.
func (p *planned) lever(by map[string]float64) simulate.Intervention {
	return simulate.Intervention{Lever: by, From: p.week(p.known), To: p.week(p.known + horizonWeeks - 1)}
}

// String is the row as a line for a reader.
func (r PlanRow) String() string {
	if r.Err != nil {
		return "failed: " + oneLine(r.Err)
	}
	return fmt.Sprintf("%s: true gain %s of today's spend, %s of the best plan's; predicted %s; %.0f s", r.Name,
		share(r.Plan.Gain, r.Today), percents(r.Ratio()), share(r.Predicted.Mean, r.Today), r.Seconds)
}

// FailedPlans is an error if worlds failed.
func FailedPlans(rows []PlanRow) error {
	var first error
	failed := 0
	for _, r := range rows {
		if r.Err != nil {
			if failed++; first == nil {
				first = r.Err
			}
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d worlds failed; the first: %w", failed, len(rows), first)
}
