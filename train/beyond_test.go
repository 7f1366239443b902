package train

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// roles is a model of the sample whose price is a treatment and whose searches are a mediator, and a plan: its last weeks once more.
func roles(t *testing.T) (s *Saved, plan *panel.Panel) {
	c := structuralConfig(t)
	p := *sample(t, c)
	p.Kinds, p.Treatments = make([]panel.ChannelKind, len(p.Channels)), make([]bool, len(p.Controls))
	for m, name := range p.Channels {
		if p.Kinds[m] = panel.Paid; name == "search_impressions" {
			p.Kinds[m] = panel.Mediator
		}
	}
	p.Treatments[0] = true // control_price_index
	s = structuralModel(t, run(t, c, &p, model.Observer{}))
	T := len(p.Weeks)
	return s, weeks(t, sampleMore(t, &p), T, T+4)
}

// A file keeps the roles, a treatment is set like a channel, and a control is not.
func TestTreatmentsAreSetByName(t *testing.T) {
	s, plan := roles(t)
	require.Equal(t, panel.Mediator, s.Panel.Kind(slices.Index(s.Panel.Channels, "search_impressions")))
	require.Contains(t, s.Settable(), "control_price_index")
	p, err := s.Predict(plan, false, Intervention{Do: map[string]float64{"control_price_index": 1.02}})
	require.NoError(t, err)
	require.Empty(t, p.Intervened.Moved)
	changed := map[string]bool{}
	for c, component := range p.Intervened.AsItIs.Components {
		for i, v := range component.Value {
			changed[component.Name] = changed[component.Name] || v != p.Intervened.Under.Components[c].Value[i]
		}
	}
	for name, is := range changed {
		require.Equal(t, name == "control_price_index", is, name)
	}
	_, err = s.Predict(plan, false, Intervention{Do: map[string]float64{"control_temperature": 2}})
	require.EqualError(t, err, `control "control_temperature" is not set by an intervention (if the firm sets it, name it under `+
		`data.treatments and train again)`)
}

// What leaves the training's range is said once for each channel and treatment, the furthest first.
func TestBeyondIsSaidTheFurthestFirst(t *testing.T) {
	s, plan := roles(t)
	p, err := s.Predict(plan, false, Intervention{Do: map[string]float64{"tv_impressions": 3, "display_impressions": 40, "control_price_index": 3}})
	require.NoError(t, err)
	far := 1e300
	names := map[string]bool{}
	for _, b := range p.Intervened.Beyond {
		require.LessOrEqual(t, b.Far(), far)
		require.False(t, names[b.Name], b.Name)
		far, names[b.Name] = b.Far(), true
		require.Greater(t, b.Value, b.High)
		require.Positive(t, b.Cells)
	}
	require.True(t, names["tv_impressions"] && names["display_impressions"] && names["control_price_index"])
	off, err := s.Predict(plan, false, Intervention{Do: map[string]float64{"tv_impressions": 0}})
	require.NoError(t, err)
	for _, b := range off.Intervened.Beyond {
		require.NotEqual(t, "tv_impressions", b.Name, "a channel may be off")
	}
	again, err := s.Predict(plan, true, Intervention{})
	require.NoError(t, err)
	require.Equal(t, len(p.Beyond), len(again.Beyond), "the table's own exposure counts too")
}

// Without the mediator's column, or with empty cells, it follows from its equation or keeps its level, and this is said.
func TestMediatorsOfAPlanMayBeAbsent(t *testing.T) {
	s, plan := roles(t)
	at, M := 0, len(plan.Channels)
	for m, name := range plan.Channels {
		if name == "search_impressions" {
			at = m
		}
	}
	without := *plan
	without.Channels, without.Media = nil, nil
	for i, x := range plan.Media {
		if i%M != at {
			without.Media = append(without.Media, x)
		}
	}
	for m, name := range plan.Channels {
		if m != at {
			without.Channels = append(without.Channels, name)
		}
	}
	for _, scratch := range []bool{false, true} {
		p, err := s.Predict(&without, scratch, Intervention{})
		require.NoError(t, err)
		require.Len(t, p.Notes, 1)
		require.Contains(t, p.Notes[0], "mediator search_impressions")
		with, err := s.Predict(plan, scratch, Intervention{})
		require.NoError(t, err)
		require.InEpsilon(t, sumOf(with.Parts[0].Predicted), sumOf(p.Parts[0].Predicted), 0.05)
	}
}

func sumOf(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}

// The sentence counts in the panel's own resolution.
func TestBeyondIsSaidInThePanelsResolution(t *testing.T) {
	for _, period := range []panel.Period{panel.Day, panel.Week, panel.Month, panel.Quarter} {
		text := Beyond{Name: "tv", Region: "r1", Week: "2022-06-01", Value: 3, High: 1, Cells: 2, Of: 9, every: panel.Resolution{Period: period}}.String()
		require.Contains(t, text, fmt.Sprintf("%s 2022-06-01", period))
		require.Contains(t, text, fmt.Sprintf("region-%ss", period))
	}
}

// TestBeyondSaysHowFar: the sentence names the cell, the range that it leaves and how many do.
func TestBeyondSaysHowFar(t *testing.T) {
	for _, c := range []struct {
		beyond Beyond
		far    float64
		says   string
	}{
		{Beyond{Value: 30, High: 20}, 0.5, "1.5 times the largest there (20)"},
		{Beyond{Value: 5, Low: 10, High: 20}, 0.5, "less than the smallest there (10)"},
		{Beyond{Value: -5, Low: -1, High: 3, Least: true}, 1, "counts as the smallest of all regions"},
		{Beyond{Value: 5, Low: -1, High: 3}, 0.5, "more than the largest there (3)"},
		{Beyond{Value: 5, Low: 3, High: 3}, math.Inf(1), "always 3"},
		{Beyond{Value: 2, Low: 1, High: 3}, 0, ""},
	} {
		c.beyond.Name, c.beyond.Region, c.beyond.Week, c.beyond.Cells, c.beyond.Of = "tv", "north", "2024-01-01", 2, 9
		require.Equal(t, c.far, c.beyond.Far())
		require.Contains(t, c.beyond.String(), "tv is ")
		require.Contains(t, c.beyond.String(), "in north, week 2024-01-01")
		require.Contains(t, c.beyond.String(), c.says)
		require.Contains(t, c.beyond.String(), "2 of 9 region-weeks")
	}
}
