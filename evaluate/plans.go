package evaluate

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"deepcausalmmm/internal/cores"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/simulate"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/plan"

	"gonum.org/v1/gonum/floats"
)

// PlanOptions say how plans are checked.
type PlanOptions struct {
	Count int      // number of worlds
	Seed  uint64   // of the first world; the others follow
	Set   []string // key=value over the recommended preset
	Jobs  int      // worlds at a time
	Done  func(r PlanRow, finished, all int)
}

// PlanRow is what a plan led to in one world. Gains are of the KPI over the horizon and the weeks after it, against what the world's planners
// do; spend is of the same weeks.
type PlanRow struct {
	Name      string
	Seed      uint64
	Regions   int
	Mechanism simulate.Mechanism
	Edges     Edges

	Today     float64 // spend of the status quo in the horizon
	Plan      Played  // the plan made on the model
	Best      Played  // the plan made on the truth, with the money that Plan takes, or today's if that is more
	Direct    Played  // the plan of someone who sees direct effects only
	ByLever   Played  // the plan's multiples, whatever they cost in the world
	Predicted train.PlanFigure
	Channels  []PlannedChannel
	Seconds   float64
	Err       error
}

// Played is what a plan leads to in the world.
type Played struct {
	Gain  float64
	Spend float64 // of the horizon, and what changes after it
}

// PlannedChannel are the multiples of a channel's own part in the status quo.
type PlannedChannel struct {
	Name               string
	Today              float64 // spend
	Plan, Best, Direct float64
}

// Ratio is the plan's gain by that of the best.
func (r PlanRow) Ratio() float64 { return r.Plan.Gain / r.Best.Gain }

// DirectRatio is the gain of the plan on direct effects only by that of the best.
func (r PlanRow) DirectRatio() float64 { return r.Direct.Gain / r.Best.Gain }

// Covered reports whether the plan's 80 % interval of its gain has the true one.
func (r PlanRow) Covered() bool {
	return r.Predicted.Low <= r.Plan.Gain && r.Plan.Gain <= r.Predicted.High
}

const (
	horizonWeeks = 13
	tailWeeks    = 26 // after the horizon: as many as plans count
)

// planned is a world whose plans are checked.
type planned struct {
	name   string
	config simulate.Config
	world  *simulate.World
	known  int // weeks that the model sees
}

// plannedWorld draws world i: by turns with regions and national, edges by amounts and by shares.
func plannedWorld(i int, seed uint64) (*planned, error) {
	kinds := []string{"geo_funnel_amounts", "funnel_amounts", "geo_funnel_shares", "funnel_shares", "geo_mediated", "mediated"}
	p := &planned{name: kinds[i%len(kinds)]}
	names := []string{"display_impressions", "radio_impressions", "search_impressions", "social_impressions", "tv_impressions", "video_impressions", "affiliates_impressions"}
	var err error
	p.config, err = simulate.NamedConfig(p.name, seed, func(c *simulate.Config) {
		if c.Regions > 1 {
			c.Regions = 8 + int(seed*5)%13
		}
		c.Channels = names[:5+int(seed)%3]
		c.Weeks = 156 + horizonWeeks + tailWeeks
		c.Returns = [2]float64{0.5, 4}
	})
	if err != nil {
		return nil, err
	}
	p.known = p.config.Weeks - horizonWeeks - tailWeeks
	p.world, err = simulate.Run(p.config)
	return p, err
}

// RunPlans checks plans in worlds, several at a time. A world that fails is a row with an error. Files of each world go to a folder of dir.
func RunPlans(ctx context.Context, dir string, o PlanOptions) ([]PlanRow, error) {
	rows := make([]PlanRow, o.Count)
	finished := make(chan int)
	go func() {
		cores.Each(o.Count, func(i int) {
			if ctx.Err() == nil {
				rows[i] = runPlan(ctx, dir, i, o)
			}
			finished <- i
		})
		close(finished)
	}()
	n := 0
	for i := range finished {
		if n++; o.Done != nil && ctx.Err() == nil {
			o.Done(rows[i], n, o.Count)
		}
	}
	return rows, ctx.Err()
}

func runPlan(ctx context.Context, dir string, i int, o PlanOptions) (row PlanRow) {
	began := time.Now()
	row = PlanRow{Seed: o.Seed + uint64(i)}
	defer func() {
		if problem := recover(); problem != nil { // a defect in one world must not end the others
			row.Err = fmt.Errorf("the plan panicked: %v", problem)
		}
		row.Seconds = time.Since(began).Seconds()
	}()
	p, err := plannedWorld(i, row.Seed)
	if err != nil {
		row.Err = err
		return row
	}
	row.Name, row.Regions, row.Mechanism = fmt.Sprintf("%s_%d", p.name, row.Seed), p.config.Regions, p.config.Mechanism
	row.Err = row.check(ctx, p, filepath.Join(dir, row.Name), o)
	return row
}

// check trains on the weeks before the horizon, plans, and plays the plans in the world.
func (row *PlanRow) check(ctx context.Context, p *planned, dir string, o PlanOptions) error {
	saved, table, err := p.train(ctx, dir, o.Set)
	if err != nil {
		return err
	}
	made, err := p.plan(ctx, saved, table, 0, nil)
	if err != nil {
		return err
	}
	row.Predicted, row.Today = made.Best.Gain, made.StatusQuo.Spend
	multiples := multiplesOf(made.Best, made.StatusQuo)
	if row.ByLever, err = p.play(multiples); err != nil {
		return err
	}
	if multiples, err = p.keep(made.Best); err != nil {
		return err
	}
	if row.Plan, err = p.play(multiples); err != nil {
		return err
	}
	direct := multiples
	if made.DirectOnly != nil {
		if direct, err = p.keep(*made.DirectOnly); err != nil {
			return err
		}
	}
	if row.Direct, err = p.play(direct); err != nil {
		return err
	}
	market, err := p.world.Market()
	if err != nil {
		return err
	}
	best, err := p.plan(ctx, saved, table, max(row.Plan.Spend, row.Today), market)
	if err != nil {
		return err
	}
	optimum := multiplesOf(best.Best, best.StatusQuo)
	if row.Best, err = p.play(optimum); err != nil {
		return err
	}
	for m, c := range made.StatusQuo.Channels {
		row.Channels = append(row.Channels, PlannedChannel{c.Name, c.Spend, multiples[c.Name], optimum[c.Name], direct[c.Name]})
		_ = m
	}
	return nil
}

// train writes the world's tables to a folder and fits the model to the first.
func (p *planned) train(ctx context.Context, dir string, set []string) (*train.Saved, string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", err
	}
	table, later := filepath.Join(dir, "panel.csv"), filepath.Join(dir, "horizon.csv")
	if err := files.Write(dir,
		files.As("panel.csv", func(w io.Writer) error { return p.world.WriteWeeks(w, 0, p.known) }),
		files.As("horizon.csv", func(w io.Writer) error { return p.world.WriteWeeks(w, p.known, p.known+horizonWeeks) }),
		files.As("panel.truth.json", p.world.WriteTruth),
	); err != nil {
		return nil, "", err
	}
	columns := panel.Columns{
		Week: "week", Target: simulate.Target, Media: []string{"*_impressions"}, Controls: []string{"control_*"}, Spend: []string{"*_spend"},
	}
	columns.Mediators = p.config.Mediators
	if p.config.Regions > 1 {
		columns.Region = "region"
	}
	c, err := train.Configure(train.RecommendedPreset, train.Data{File: table, Columns: columns}, set...)
	if err != nil {
		return nil, "", err
	}
	read, err := panel.Read(table, columns)
	if err != nil {
		return nil, "", err
	}
	t, err := train.New(c, read, model.Observer{})
	if err != nil {
		return nil, "", err
	}
	r, err := t.Run(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := r.Write(dir); err != nil {
		return nil, "", err
	}
	saved, err := train.LoadModel(filepath.Join(dir, "model.safetensors"))
	return saved, later, err
}

// plan plans the horizon at a budget, 0 is the status quo's, on the model or on a market.
func (p *planned) plan(ctx context.Context, saved *train.Saved, table string, budget float64, market model.Market) (*train.Plan, error) {
	columns := saved.Columns()
	columns.Plan = true
	status, err := panel.Read(table, columns)
	if err != nil {
		return nil, err
	}
	constraints, err := train.ReadConstraints("")
	if err != nil {
		return nil, err
	}
	planner, err := saved.Planner(train.PlanRequest{
		Horizon: train.HorizonRequest{Weeks: horizonWeeks, Planned: status}, Constraints: constraints, Goal: plan.Goal{Kind: plan.MostValue, Amount: budget},
	})
	if err != nil {
		return nil, err
	}
	if market != nil {
		return planner.RunOn(ctx, []model.Market{market})
	}
	return planner.Run(ctx)
}

// multiplesOf are the multiples of own parts by channel.
func multiplesOf(v, today train.PlanValue) map[string]float64 {
	multiples := map[string]float64{}
	for m, c := range v.Channels {
		multiples[c.Name] = 1
		if own := today.Channels[m].OwnSpend; own > 0 {
			multiples[c.Name] = c.OwnSpend / own
		}
	}
	return multiples
}

// keep returns the multiples of own parts with which the world's planners spend what a plan has for each channel, parents before
// children: what is moved is spend too, so that a channel's planners leave more or less of their own.
func (p *planned) keep(v train.PlanValue) (map[string]float64, error) {
	multiples := map[string]float64{}
	spent := func(channel int, multiple float64) (float64, error) {
		multiples[p.config.Channels[channel]] = multiple
		under, err := p.world.Intervene(p.intervention(multiples))
		if err != nil {
			return 0, err
		}
		_, after := under.Spend(channel)
		return floats.Sum(after[p.known : p.known+horizonWeeks]), nil
	}
	for _, name := range p.world.Truth().CausalOrder {
		m := slices.Index(p.config.Channels, name)
		if m < 0 {
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
		wanted := 0.0
		for _, c := range v.Channels {
			if c.Name == name {
				wanted = c.Spend
			}
		}
		multiples[name] = max(0, (wanted-moved)/(all-moved)) // spend is linear in the own part
	}
	return multiples, nil
}

// intervention is one in the horizon.
func (p *planned) intervention(multiples map[string]float64) simulate.Intervention {
	week := func(t int) time.Time { return p.config.Start.AddDate(0, 0, 7*t) }
	return simulate.Intervention{Lever: multiples, From: week(p.known), To: week(p.known + horizonWeeks - 1)}
}

// play plays multiples of own parts in the horizon.
func (p *planned) play(multiples map[string]float64) (Played, error) {
	under, err := p.world.Intervene(p.intervention(multiples))
	if err != nil {
		return Played{}, err
	}
	var out Played
	for r, sales := range under.Intervened {
		for t, y := range sales {
			out.Gain += y - under.AsItIs[r][t]
		}
	}
	for m := range p.config.Channels {
		before, after := under.Spend(m)
		for t, cost := range after {
			out.Spend += cost - before[t]
			if t >= p.known && t < p.known+horizonWeeks {
				out.Spend += before[t]
			}
		}
	}
	return out, nil
}

var _ = math.NaN
