package evaluate

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/simulate"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/plan"
)

// pair is a world of two channels whose sales are roots of their exposure, without carry-over. With an edge, the first moves the second.
func pair(t *testing.T, edges ...[2]string) *planned {
	p := &planned{known: 40, config: simulate.DefaultConfig()}
	c := &p.config
	c.Channels, c.Edges, c.Regions, c.Weeks = []string{"a_impressions", "b_impressions"}, append([][2]string{}, edges...), 1, 40+horizonWeeks+carriedWeeks
	c.Saturation, c.Carryover, c.Returns, c.Chase = simulate.Power, simulate.NoCarryover, [2]float64{0.5, 4}, 0
	var err error
	p.world, err = simulate.Run(*c)
	require.NoError(t, err)
	return p
}

// problem is the plan's question to the truth.
func (p *planned) problem(t *testing.T) *plan.Problem {
	market, err := p.world.Market()
	require.NoError(t, err)
	problem := &plan.Problem{
		Markets: []model.Market{market}, Regions: []string{"all"}, Weeks: make([]string, p.config.Weeks),
		Horizon: panel.Span{From: p.known, To: p.known + horizonWeeks}, Tail: carriedWeeks,
	}
	wide := [2]float64{0.1, 4}
	for _, name := range p.config.Channels {
		problem.Channels = append(problem.Channels, plan.Channel{Name: name, Role: plan.Free, Range: &wide})
	}
	for range p.config.Weeks {
		problem.Price = append(problem.Price, p.world.Prices()...)
	}
	return problem
}

// The best plan of the truth is the best of a fine grid of levers that are played in the world with the same money.
func TestTheBestPlanIsTheBestOfAGrid(t *testing.T) {
	p := pair(t)
	problem := p.problem(t)
	today, err := problem.StatusQuo()
	require.NoError(t, err)
	r, err := problem.Optimise(context.Background(), plan.Options{Goal: plan.Goal{Kind: plan.MostValue, Amount: today.Spend}, Beyond: math.Inf(1)})
	require.NoError(t, err)
	best := 0.0
	a, b := today.Channels[0].Spend, today.Channels[1].Spend
	for f := 0.1; f < 4; f += 0.002 {
		g := (today.Spend - f*a) / b
		if g < 0.1 || g > 4 {
			continue
		}
		played, err := p.play(map[string]float64{"a_impressions": f, "b_impressions": g})
		require.NoError(t, err)
		require.InEpsilon(t, today.Spend, played.Spend, 1e-9)
		best = max(best, played.Gain)
	}
	require.Positive(t, best)
	require.InEpsilon(t, best, r.Plan.Gain.Mean, 1e-4)
	played, err := p.play(map[string]float64{
		"a_impressions": r.Plan.Channels[0].OwnSpend / today.Channels[0].OwnSpend, "b_impressions": r.Plan.Channels[1].OwnSpend / today.Channels[1].OwnSpend,
	})
	require.NoError(t, err)
	require.InEpsilon(t, r.Plan.Gain.Mean, played.Gain, 1e-6)
}

// Whatever a channel's parents bring, its planners spend what the plan has for it.
func TestPlannersKeepTheSpendOfAPlan(t *testing.T) {
	p := pair(t, [2]string{"a_impressions", "b_impressions"})
	today, err := p.problem(t).StatusQuo()
	require.NoError(t, err)
	wanted := train.PlanValue{}
	for m, factor := range []float64{1.4, 0.9} {
		wanted.Channels = append(wanted.Channels, train.PlanChannel{Name: p.config.Channels[m], Spend: factor * today.Channels[m].Spend})
	}
	by, err := p.keepSpend(wanted)
	require.NoError(t, err)
	require.InEpsilon(t, 1.4, by["a_impressions"], 1e-9)
	require.Less(t, by["b_impressions"], 0.9, "a brings more")
	under, err := p.world.Intervene(p.lever(by))
	require.NoError(t, err)
	for m, c := range wanted.Channels {
		_, weekly := under.Spend(m)
		sum := 0.0
		for _, x := range weekly[p.known : p.known+horizonWeeks] {
			sum += x
		}
		require.InEpsilon(t, c.Spend, sum, 1e-9)
	}
	wanted.Channels[1].Spend = 0 // less than a brings
	by, err = p.keepSpend(wanted)
	require.NoError(t, err)
	require.Zero(t, by["b_impressions"])
}

// A model without its search: the pieces fit, not the figures. A world that fails is a row.
func TestPlansAreTrainedMadeAndPlayed(t *testing.T) {
	dir := t.TempDir()
	var reported []int
	o := PlanOptions{Count: 2, Seed: 4, Options: Options{Set: quick, Jobs: 2, Ensemble: 4}, Planned: func(_ PlanRow, finished, all int) {
		reported = append(reported, finished, all)
	}}
	require.NoError(t, o.Check())
	blocked := filepath.Join(dir, plannedName(1, 5))
	write(t, blocked, "a file where a folder is to be")
	rows, err := RunPlans(context.Background(), dir, o)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 2, 2}, reported)
	require.ErrorContains(t, rows[1].Err, "funnel_amounts_5: ")

	row := rows[0]
	require.NoError(t, row.Err)
	require.Len(t, row.Channels, 6)
	require.Positive(t, row.Best.Gain)
	require.InEpsilon(t, row.Today, row.Plan.Spend, 0.2)
	require.Less(t, row.Predicted.Low, row.Predicted.High)
	for _, name := range []string{knownTable, horizonTable, "panel.truth.json", train.ModelFile} {
		require.FileExists(t, filepath.Join(dir, row.Name, name))
	}
	o.Set = []string{"depth=3"}
	require.Error(t, o.Check())
}

func TestReportOfPlans(t *testing.T) {
	rows := []PlanRow{
		{Name: "geo_1", Regions: 8, Today: 100, Plan: Played{8, 100}, Best: Played{10, 100}, Direct: Played{5, 100}, ByLever: Played{9, 110},
			Predicted: train.PlanFigure{Mean: 9, Low: 7, High: 11}, Channels: []PlannedChannel{{"a", 100, 1.1, 1.2, 1}}},
		{Name: "national_2", Regions: 1, Today: 100, Plan: Played{-1, 100}, Best: Played{10, 100}, Direct: Played{2, 100}, ByLever: Played{1, 90},
			Predicted: train.PlanFigure{Mean: 5, Low: 1, High: 9}},
		{Name: "national_3", Err: errors.New("national_3: a | b")},
	}
	require.InDelta(t, 0.8, rows[0].Ratio(), 1e-12)
	require.True(t, rows[0].Covered())
	require.False(t, rows[1].Covered())
	require.ErrorContains(t, FailedPlans(rows), "1 of 3 worlds failed; the first: national_3")
	require.NoError(t, FailedPlans(rows[:2]))
	text := PlansMarkdown(rows)
	require.Contains(t, text, "| geo_1 | 8 | 1 | 8.0 % | 10.0 % | 80 % | 9.0 % (7.0 % to 11.0 %) | yes | 5.0 %, 50 % | 9.0 %, 110 % |")
	require.Contains(t, text, `failed: national_3: a \| b`)
	require.Contains(t, text, "All: the true gain is 35 % of the best plan's in the mean, 35 % in the median, and -10 % at least; all gains together 35 %. "+
		"It is positive in 1 of 2 worlds, and inside the 80 % interval in 1.")
	require.Contains(t, text, "With regions: the true gain is 80 %")
	dir := t.TempDir()
	require.NoError(t, WritePlans(dir, rows))
	for _, name := range PlanFileNames {
		require.FileExists(t, filepath.Join(dir, name))
	}
	table, err := os.ReadFile(filepath.Join(dir, PlansFile))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	require.Len(t, lines, 4)
	for _, line := range lines {
		require.Equal(t, strings.Count(lines[0], ","), strings.Count(line, ","), line)
	}
	require.Contains(t, rows[0].String(), "geo_1: true gain 8.0 % of today's spend, 80 % of the best plan's; predicted 9.0 %")
	require.Equal(t, "failed: national_3: a | b", rows[2].String())
}
