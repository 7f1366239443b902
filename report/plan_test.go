package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/plan"
)

// aPlan is a plan of a funnel with long names, made by hand.
func aPlan(byWeek bool) *train.Plan {
	p := &train.Plan{
		Version: 1, KPI: "sales", Every: panel.Resolution{Period: panel.Week, Step: 1}, Regions: []string{"north", `<b>"south"</b>`}, Reference: [2]string{"2025-04-07", "2025-06-30"},
		Tail: 26, Draws: 40, Goal: train.PlanGoal{Kind: plan.MostValue, Amount: 1.2e6}, ByWeek: byWeek, ExposureLimit: 1.5,
		Binding: []train.PlanBinding{{Constraint: "budget at most 1.2m", Shadow: 0.31, Unit: "sales per unit of spend"}, {Constraint: "radio at most 1.5 × the reference", Shadow: 0.12, Unit: "sales per unit of spend"}},
		Starts:  []train.PlanStart{{Name: "status quo", Objective: 1, Feasible: true}, {Name: "random", Objective: 1, Feasible: true, Distance: 0.2}},
		Marked:  []string{"radio_impressions"}, Notes: []string{"no spend is known of affiliates"},
	}
	for w := range 13 {
		p.Weeks = append(p.Weeks, fmt.Sprintf("2025-%02d-%02d", 7+w/4, 1+7*(w%4)))
	}
	about := func(x, spread float64) train.PlanFigure {
		return train.PlanFigure{Mean: x, Low: x - 1.28*spread, High: x + 1.28*spread, Low50: x - 0.67*spread, High50: x + 0.67*spread, Low95: x - 1.96*spread, High95: x + 1.96*spread}
	}
	value := func(name string, of func(m int) float64) train.PlanValue {
		v := train.PlanValue{Name: name, Value: about(9.1e6, 1e5), Gain: about(51_234, 21_000), Profit: about(51_234, 21_000), ROI: about(1.31, 0.2)}
		for m, channel := range []string{"tv_impressions", "radio_impressions", "search_impressions", "programmatic_display_prospecting_impressions", "brand_awareness_index_impressions"} {
			c := train.PlanChannel{Name: channel, Role: plan.Free, Kind: panel.Paid, Spend: of(m), OwnSpend: of(m), Value: about(1e5, 1e4), Change: about(float64(m-1)*1e4, 4e3),
				MarginalDirect: 0.21, MarginalTotal: 0.3 + 0.1*float64(m)}
			if channel == "radio_impressions" {
				c.AtBound = "max"
			}
			if m == 4 {
				c.Role, c.Kind, c.Spend, c.OwnSpend, c.MarginalDirect, c.MarginalTotal = plan.Follows, panel.Mediator, 0, 0, nan, nan
			}
			for w := range 13 {
				c.Weekly = append(c.Weekly, c.Spend/13*(1+0.1*float64(w%3)))
			}
			v.Spend += c.Spend
			v.Channels = append(v.Channels, c)
		}
		return v
	}
	p.StatusQuo = value("status quo", func(m int) float64 { return 4e5 - 8e4*float64(m) })
	p.StatusQuo.Gain, p.StatusQuo.Profit = about(0, 0), about(0, 0)
	p.Best = value("plan", func(m int) float64 { return 3e5 - 1e4*float64(m) })
	p.Best.Beyond = []train.PlanBeyond{{Channel: "tv_impressions", Region: "north", Week: "2025-07-08", Exposure: 1.2e6, Seen: 1e6, Cells: 4}}
	direct := value("direct effects only", func(m int) float64 { return 2e5 })
	p.DirectOnly, p.CutGain = &direct, about(30_000, 9_000)
	p.Scenarios = []train.PlanValue{value("what the agency proposes for the third quarter", func(m int) float64 { return 1e5 * float64(m) })}
	p.Scenarios[0].Gain, p.Scenarios[0].Notes = about(-12_000, 9_000), []string{"search costs more than the table says"}
	return p
}

// drawnPlan draws a plan into a new folder, as plan.html.
func drawnPlan(t *testing.T, p *train.Plan) (dir string) {
	var first, second bytes.Buffer
	require.NoError(t, report.DrawPlan(&first, p))
	require.NoError(t, report.DrawPlan(&second, p))
	require.Equal(t, first.String(), second.String(), "equal plans give equal bytes")
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, train.PlanPage), first.Bytes(), 0o600))
	return dir
}

// drawnComparison draws two trainings side by side into a new folder.
func drawnComparison(t *testing.T) (dir string) {
	within := 0.5
	channel := func(name string, before, after float64) train.ChannelChange {
		return train.ChannelChange{ShareChange: train.ShareChange{Name: name, Before: before, After: after}, BeforeLow: before - 0.02, BeforeHigh: before + 0.02,
			AfterLow: after - 0.02, AfterHigh: after + 0.02, Allowed: 0.028, ROIBefore: 1.2, ROIAfter: nan}
	}
	c := &train.Comparison{
		KPI: "sales", Before: train.ComparedModel{Folder: "out_first_quarter", From: "2023-01-02", To: "2025-03-24", Regions: 24, Train: 0.03, Skill: &within},
		After:    train.ComparedModel{Folder: "out_second_quarter", From: "2023-01-02", To: "2025-06-23", Regions: 24, Train: 0.03, Holdout: &within},
		Channels: []train.ChannelChange{channel("programmatic_display_prospecting_impressions", 0.1, 0.2), channel("tv_impressions", 0.1, 0.11), channel("podcasts", nan, 0.1)},
		Others:   []train.ShareChange{{Name: "baseline", Before: 0.6, After: 0.5}}, Edges: []train.EdgeChange{{From: "tv_impressions", To: "podcasts", After: 0.3}},
		Forecast: &train.ForecastChange{From: "2023-01-02", To: "2025-03-24", Cells: 2808, Difference: 0.004}, Stable: train.Stability{Within: &within, MeanChange: 0.02},
		Notes: []string{"podcasts is new"},
	}
	var page bytes.Buffer
	require.NoError(t, report.DrawComparison(&page, c))
	require.Contains(t, page.String(), "Beyond their intervals: ")
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, train.ComparePage), page.Bytes(), 0o600))
	return dir
}

// What the page says is what the plan does.
func TestPageOfAPlanSaysWhatItDoes(t *testing.T) {
	read := func(p *train.Plan) string {
		var page bytes.Buffer
		require.NoError(t, report.DrawPlan(&page, p))
		return page.String()
	}
	p := aPlan(false)
	page := read(p)
	for _, said := range []string{
		"The plan brings 51,234 more in sales than the status quo (24,354 to 78,114", `class="verdict good"`, "radio_impressions *", "at max", "so 21,234 of the gain came through the graph",
		"what the agency proposes", "1.2 times the largest seen there", "budget at most 1.2m: one more unit", "All in units of sales", "No value of a unit of sales is known",
	} {
		require.Contains(t, page, said)
	}
	require.NotContains(t, page, "<b>", "names are text")
	p.Best.Gain.Low, p.Best.Profit.Low = -1, -1
	page = read(p)
	require.Contains(t, page, `class="verdict poor"`)
	require.Contains(t, page, "may be nothing or a loss")
	p.Best.Gain = train.PlanFigure{Mean: -3000, Low: -4000, High: -2000}
	require.Contains(t, read(p), "The plan brings 3,000 less in sales than the status quo (2,000 to 4,000")
	p.Best.Spend = p.StatusQuo.Spend
	require.Contains(t, read(p), "for the same spend")
	p.DirectOnly = nil
	require.NotContains(t, read(p), "What came through the graph")
}
