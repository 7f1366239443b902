package evaluate

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/simulate"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/plan"
)

const (
	knownWeeks   = 156 // that the model sees
	horizonWeeks = 13
	carriedWeeks = 26 // after the horizon, in which its effects are counted: as many as plans count
)

// plannedKinds are the worlds of the catalogue in which plans are checked, by turns: those whose channels move others.
var plannedKinds = []string{"geo_funnel_amounts", "funnel_amounts", "geo_funnel_shares", "funnel_shares", "geo_mediated", "mediated"}

// plannedChannels are the first five to seven of these.
var plannedChannels = []string{
	"display_impressions", "radio_impressions", "search_impressions", "social_impressions", "tv_impressions", "video_impressions", "affiliates_impressions",
}

// planned is a world whose weeks after the model's are planned.
type planned struct {
	folder string
	config simulate.Config
	world  *simulate.World
	known  int
}

func plannedName(i int, seed uint64) string {
	return fmt.Sprintf("%s_%d", plannedKinds[i%len(plannedKinds)], seed)
}

// newPlanned simulates world i: a world of the catalogue with 8 to 20 regions, if any, five to seven channels, and spend that returns
// 0.5 to 4 times itself.
func newPlanned(i int, seed uint64, folder string) (*planned, error) {
	p := &planned{folder: folder, known: knownWeeks}
	var err error
	p.config, err = simulate.NamedConfig(plannedKinds[i%len(plannedKinds)], seed, func(c *simulate.Config) {
		if c.Regions > 1 {
			c.Regions = 8 + int(5*seed%13)
		}
		c.Channels = plannedChannels[:5+seed%3]
		c.Weeks = knownWeeks + horizonWeeks + carriedWeeks
		c.Returns = [2]float64{0.5, 4}
	})
	if err != nil {
		return nil, err
	}
	p.world, err = simulate.Run(p.config)
	return p, err
}

func (p *planned) week(t int) time.Time { return p.config.Start.AddDate(0, 0, 7*t) }

// The tables of a world's folder: what the model sees, and what the world's planners do in the horizon.
const (
	knownTable   = "panel.csv"
	horizonTable = "horizon.csv"
)

// train writes the world's tables and fits the model to the first.
func (p *planned) train(ctx context.Context, o Options) (*train.Saved, error) {
	if err := train.Prepare(p.folder); err != nil {
		return nil, err
	}
	table := filepath.Join(p.folder, knownTable)
	if err := files.Write(p.folder,
		files.As(knownTable, func(w io.Writer) error { return p.world.WriteWeeks(w, 0, p.known) }),
		files.As(horizonTable, func(w io.Writer) error { return p.world.WriteWeeks(w, p.known, p.known+horizonWeeks) }),
		files.As(filepath.Base(simulate.TruthPath(knownTable)), p.world.WriteTruth),
	); err != nil {
		return nil, err
	}
	w := World{Table: table, columns: p.columns()}
	r, err := w.train(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.Write(p.folder); err != nil {
		return nil, err
	}
	return train.LoadModel(filepath.Join(p.folder, train.ModelFile))
}

func (p *planned) columns() panel.Columns {
	c := panel.Columns{
		Week: "week", Target: simulate.Target, Media: []string{"*_impressions"}, Controls: []string{"control_*"}, Spend: []string{"*_spend"},
		Mediators: p.config.Mediators,
	}
	if p.config.Regions > 1 {
		c.Region = "region"
	}
	return c
}

// question is what a planner asks: for the most KPI at a budget.
type question struct {
	budget float64      // 0: the status quo's
	risk   float64      // quantile of the gain; 0: its mean
	truth  model.Market // nil: the model's
}

// plan plans the horizon.
func (p *planned) plan(ctx context.Context, saved *train.Saved, q question) (*train.Plan, error) {
	columns := saved.Columns()
	columns.Plan = true
	status, err := panel.Read(filepath.Join(p.folder, horizonTable), columns)
	if err != nil {
		return nil, err
	}
	constraints, err := train.ReadConstraints("")
	if err != nil {
		return nil, err
	}
	planner, err := saved.Planner(train.PlanRequest{
		Horizon: train.HorizonRequest{Weeks: horizonWeeks, Planned: status}, Constraints: constraints,
		Goal: plan.Goal{Kind: plan.MostValue, Amount: q.budget}, Risk: q.risk,
	})
	if err != nil {
		return nil, err
	}
	if q.truth != nil {
		return planner.RunOn(ctx, []model.Market{q.truth})
	}
	return planner.Run(ctx)
}
