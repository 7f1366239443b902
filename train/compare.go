package train

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/dag"
	"deepcausalmmm/train/model"
)

// Comparison sets two trainings side by side, such as those before and after a quarter's data came in.
type Comparison struct {
	Version  int             `json:"version"`
	KPI      string          `json:"kpi"`
	Before   ComparedModel   `json:"before"`
	After    ComparedModel   `json:"after"`
	Channels []ChannelChange `json:"channels"` // those of either, the largest change first
	Others   []ShareChange   `json:"others"`   // baseline, trend, season, holidays, controls
	Edges    []EdgeChange    `json:"edges"`    // of either graph, the largest change first
	Forecast *ForecastChange `json:"forecast"` // null without common region-weeks
	Stable   Stability       `json:"stability"`
	Notes    []string        `json:"notes"` // what only one of them has
}

// ComparedModel is one of the two trainings.
type ComparedModel struct {
	Folder  string   `json:"folder"`
	From    string   `json:"from"` // first week
	To      string   `json:"to"`   // last
	Regions int      `json:"regions"`
	Train   float64  `json:"train_wmape"`
	Holdout *float64 `json:"holdout_wmape"` // null without a holdout
	Skill   *float64 `json:"skill"`
}

// ShareChange is a share of the prediction before and after; NaN where a training does not have it.
type ShareChange struct {
	Name   string  `json:"name"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// Change is after − before.
func (s ShareChange) Change() float64 { return s.After - s.Before }

// ChannelChange is the total effect of a channel before and after, as a share of the prediction; the direct one of models without
// structural equations. Bounds are those of 80 %; NaN without draws.
type ChannelChange struct {
	ShareChange
	BeforeLow  float64 `json:"before_low"`
	BeforeHigh float64 `json:"before_high"`
	AfterLow   float64 `json:"after_low"`
	AfterHigh  float64 `json:"after_high"`
	Allowed    float64 `json:"allowed"` // the change that the two intervals allow, see Comparison; NaN without draws

	ROIBefore float64 `json:"roi_before"` // of the total effect; NaN without a spend
	ROIAfter  float64 `json:"roi_after"`
}

// Both reports whether both trainings have the channel.
func (c ChannelChange) Both() bool { return !math.IsNaN(c.Change()) }

// Beyond reports whether the channel moved by more than its intervals allow.
func (c ChannelChange) Beyond() bool { return math.Abs(c.Change()) > c.Allowed }

// EdgeChange is the weight of an edge before and after; 0 where a graph does not have it.
type EdgeChange struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// What says what became of the edge.
func (e EdgeChange) What() string {
	switch {
	case e.Before == 0:
		return "new"
	case e.After == 0:
		return "gone"
	}
	return "kept"
}

// ForecastChange compares predictions of the region-weeks that both trainings have.
type ForecastChange struct {
	From       string  `json:"from"`
	To         string  `json:"to"`
	Cells      int     `json:"cells"`
	Difference float64 `json:"difference"` // Σ|after − before| / Σ|before|
	Revised    float64 `json:"revised"`    // the same of the recorded target: how far the data themselves were revised
}

// Stability says how far a training repeats another. Shares refer to all weeks of each.
type Stability struct {
	Within     *float64 `json:"within"`      // share of the channels whose change lies within the combined 80 % intervals; null without draws
	MeanChange float64  `json:"mean_change"` // mean absolute change of the channels' shares
	Edges      *float64 `json:"edges"`       // common edges by those of either graph; null if neither has any
}

// compareFormat is the version of compare.json.
const compareFormat = 1

// Compare sets two trainings side by side. A channel's change is allowed if |Δ| ≤ √(a² + b²), where a and b are the distances of the
// two estimates from the ends of their 80 % intervals that face each other: for normal posteriors this is the 80 % interval of a difference of
// independent estimates. Trainings that share most of their data differ less than that if the model is stable.
func Compare(before, after *Result, folders [2]string) (*Comparison, error) {
	a, b := before.Config.Data.Target, after.Config.Data.Target
	if a != b {
		return nil, fmt.Errorf("%s explains %s and %s explains %s: there is nothing to compare", folders[0], a, folders[1], b)
	}
	c := &Comparison{Version: compareFormat, KPI: a, Before: comparedModel(before, folders[0]), After: comparedModel(after, folders[1])}
	c.channels(before, after)
	if !slices.ContainsFunc(c.Channels, ChannelChange.Both) {
		return nil, fmt.Errorf("%s and %s have no channel in common: there is nothing to compare", folders[0], folders[1])
	}
	c.others(before.Metrics.Shares, after.Metrics.Shares)
	c.edges(before, after)
	c.forecast(before, after)
	c.settle()
	return c, nil
}

// LoadComparison reads two output folders of trainings and compares them.
func LoadComparison(before, after string) (*Comparison, error) {
	a, err := LoadResult(before)
	if err != nil {
		return nil, err
	}
	b, err := LoadResult(after)
	if err != nil {
		return nil, err
	}
	if before == after {
		return nil, errors.New("both folders are the same: name two trainings")
	}
	return Compare(a, b, [2]string{before, after})
}

func comparedModel(r *Result, folder string) ComparedModel {
	weeks := r.Details.Weeks
	m := ComparedModel{Folder: folder, From: weeks[0], To: weeks[len(weeks)-1], Regions: len(r.Details.Regions), Train: r.Metrics.Train.WMAPE, Skill: r.Metrics.Skill}
	if r.Metrics.Holdout != nil {
		m.Holdout = &r.Metrics.Holdout.WMAPE
	}
	return m
}

// channelNames are a result's channels.
func channelNames(r *Result) []string {
	var names []string
	for _, c := range r.Details.Components {
		if c.Kind.Group() == model.Media {
			names = append(names, c.Name)
		}
	}
	return names
}

// shareOf is a channel's share with its interval, all NaN if the result has no such channel.
func shareOf(r *Result, channel string) (share, low, high float64) {
	nan := math.NaN()
	if r.Inference == nil {
		if x, ok := r.Metrics.Shares.Media[channel]; ok {
			return x, nan, nan
		}
		return nan, nan, nan
	}
	for _, e := range r.Inference.Effects {
		if e.Channel != channel || e.Kind != model.Total {
			continue
		}
		if e.Low == nil || e.High == nil {
			return e.Share, nan, nan
		}
		return e.Share, *e.Low / r.Inference.KPI, *e.High / r.Inference.KPI
	}
	return nan, nan, nan
}

// roiOf is what a channel returns in all; NaN without a spend.
func roiOf(r *Result, channel string) float64 {
	if r.Money != nil {
		for _, account := range r.Money.Channels {
			if account.Channel == channel {
				return account.ROI.Value
			}
		}
	}
	return math.NaN()
}

func (c *Comparison) channels(before, after *Result) {
	names := channelNames(before)
	names = append(names, lacking(channelNames(after), names)...)
	for _, name := range names {
		ch := ChannelChange{ShareChange: ShareChange{Name: name}, ROIBefore: roiOf(before, name), ROIAfter: roiOf(after, name)}
		ch.Before, ch.BeforeLow, ch.BeforeHigh = shareOf(before, name)
		ch.After, ch.AfterLow, ch.AfterHigh = shareOf(after, name)
		if ch.Change() >= 0 {
			ch.Allowed = math.Hypot(ch.BeforeHigh-ch.Before, ch.After-ch.AfterLow)
		} else {
			ch.Allowed = math.Hypot(ch.Before-ch.BeforeLow, ch.AfterHigh-ch.After)
		}
		c.Channels = append(c.Channels, ch)
		switch {
		case math.IsNaN(ch.Before):
			c.Notes = append(c.Notes, fmt.Sprintf("%s is new: %s does not have it", name, c.Before.Folder))
		case math.IsNaN(ch.After):
			c.Notes = append(c.Notes, fmt.Sprintf("%s is gone: %s does not have it", name, c.After.Folder))
		}
	}
	size := func(x ChannelChange) float64 {
		if !x.Both() {
			return -1
		}
		return math.Abs(x.Change())
	}
	slices.SortStableFunc(c.Channels, func(a, b ChannelChange) int { return cmp.Compare(size(b), size(a)) })
}

func (c *Comparison) others(before, after Shares) {
	c.Others = []ShareChange{
		{"baseline", before.Baseline, after.Baseline}, {"trend", before.Trend, after.Trend}, {"season", before.Season, after.Season},
		{"holidays", before.Holidays, after.Holidays}, {"controls", before.Controls, after.Controls},
	}
	c.Others = slices.DeleteFunc(c.Others, func(s ShareChange) bool { return s.Before == 0 && s.After == 0 })
}

func (c *Comparison) edges(before, after *Result) {
	at := map[[2]string]int{}
	add := func(r *Result, set func(*EdgeChange, float64)) {
		if r.Graph.Pruned == nil {
			return
		}
		names := channelNames(r)
		for _, e := range dag.Edges(r.Graph.Pruned.Strongest()) {
			ends := [2]string{names[e.From], names[e.To]}
			i, known := at[ends]
			if !known {
				i = len(c.Edges)
				at[ends] = i
				c.Edges = append(c.Edges, EdgeChange{From: ends[0], To: ends[1]})
			}
			set(&c.Edges[i], e.Weight)
		}
	}
	add(before, func(e *EdgeChange, w float64) { e.Before = w })
	add(after, func(e *EdgeChange, w float64) { e.After = w })
	slices.SortStableFunc(c.Edges, func(a, b EdgeChange) int {
		return cmp.Compare(math.Abs(b.After-b.Before), math.Abs(a.After-a.Before))
	})
}

// forecast compares the region-weeks that both have.
func (c *Comparison) forecast(before, after *Result) {
	type place struct{ region, week string }
	type cell struct{ actual, predicted float64 }
	known := map[place]cell{}
	visit := func(r *Result, each func(place, cell)) {
		for _, part := range r.Parts {
			n := part.Span.Len()
			for i := range part.Predicted {
				each(place{r.Details.Regions[i/n], r.Details.Weeks[part.Span.From+i%n]}, cell{part.Actual[i], part.Predicted[i]})
			}
		}
	}
	visit(before, func(at place, x cell) { known[at] = x })
	var f ForecastChange
	off, size, revised, recorded := 0.0, 0.0, 0.0, 0.0
	visit(after, func(at place, x cell) {
		was, ok := known[at]
		if !ok {
			return
		}
		if f.Cells++; f.From == "" {
			f.From = at.week
		}
		f.To = at.week
		off, size = off+math.Abs(x.predicted-was.predicted), size+math.Abs(was.predicted)
		if d := math.Abs(x.actual - was.actual); !math.IsNaN(d) {
			revised, recorded = revised+d, recorded+math.Abs(was.actual)
		}
	})
	if f.Cells > 0 && size > 0 {
		f.Difference, f.Revised = off/size, revised/max(recorded, math.SmallestNonzeroFloat64)
		c.Forecast = &f
	}
}

// settle computes the stability.
func (c *Comparison) settle() {
	both, told, within := 0, 0, 0
	for _, ch := range c.Channels {
		if !ch.Both() {
			continue
		}
		both++
		c.Stable.MeanChange += math.Abs(ch.Change())
		if !math.IsNaN(ch.Allowed) {
			told++
			if !ch.Beyond() {
				within++
			}
		}
	}
	c.Stable.MeanChange /= float64(both)
	if told > 0 {
		share := float64(within) / float64(told)
		c.Stable.Within = &share
	}
	common := 0
	for _, e := range c.Edges {
		if e.What() == "kept" {
			common++
		}
	}
	if len(c.Edges) > 0 {
		share := float64(common) / float64(len(c.Edges))
		c.Stable.Edges = &share
	}
}
