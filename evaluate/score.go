package evaluate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Levels are the probabilities of intervals, in percent.
var Levels = []int{50, 80, 95}

// Bound is an interval of one of the Levels.
type Bound struct {
	Level     int
	Low, High float64
}

// Estimate is a channel's effect beside the truth, in units of the KPI.
type Estimate struct {
	Channel string
	Kind    model.EffectKind
	Truth   float64
	Value   float64
	Error   float64 // relative
	Small   bool    // the truth is so small that Error is relative to a share of the KPI instead
	Bounds  []Bound
}

// A truth of less than smallShare of the KPI has no meaningful relative error. The error is then relative to referenceShare of
// the KPI.
const (
	smallShare     = 0.002
	referenceShare = 0.02
)

// relativeError is |estimate − truth| / |truth|, or relative to a share of the KPI if the truth is small.
func relativeError(estimate, truth, kpi float64) (e float64, small bool) {
	if math.Abs(truth) < smallShare*kpi {
		return math.Abs(estimate-truth) / (referenceShare * kpi), true
	}
	return math.Abs(estimate-truth) / math.Abs(truth), false
}

// estimates compares effects with the truth; channels has the truth's name of each effect's column.
func estimates(effects []model.Effect, t *Truth, channels map[string]string) []Estimate {
	var all []Estimate
	for _, e := range effects {
		name, ok := channels[e.Channel]
		if !ok || e.Kind == model.Indirect {
			continue
		}
		known := t.Total
		if e.Kind == model.Direct {
			known = t.Direct
		}
		x := Estimate{Channel: name, Kind: e.Kind, Truth: known[name], Value: e.Value, Bounds: bounds(e)}
		x.Error, x.Small = relativeError(x.Value, x.Truth, t.KPI)
		all = append(all, x)
	}
	return all
}

// bounds are the intervals of an effect.
func bounds(e model.Effect) []Bound {
	var all []Bound
	if i := e.Interval50; i != nil {
		all = append(all, Bound{50, i.Low, i.High})
	}
	if e.Low != nil && e.High != nil {
		all = append(all, Bound{80, *e.Low, *e.High})
	}
	if i := e.Interval95; i != nil {
		all = append(all, Bound{95, i.Low, i.High})
	}
	return all
}

// Score summarises the estimates of one kind of effect over the channels of a world. NaN marks what is unknown.
type Score struct {
	Median, Worst, Mean float64   // of the relative errors
	Rank                float64   // Spearman's correlation of estimates and truths
	Coverage            []float64 // for each of the Levels, the share of channels whose interval contains the truth
}

// score summarises estimates of one kind.
func score(all []Estimate, kind model.EffectKind) Score {
	var errors, is, was []float64
	inside, bounded := make([]float64, len(Levels)), make([]float64, len(Levels))
	for _, e := range all {
		if e.Kind != kind {
			continue
		}
		errors, is, was = append(errors, e.Error), append(is, e.Value), append(was, e.Truth)
		for _, b := range e.Bounds {
			level := slices.Index(Levels, b.Level)
			bounded[level]++
			if b.contains(e.Truth) {
				inside[level]++
			}
		}
	}
	s := Score{Median: math.NaN(), Worst: math.NaN(), Mean: math.NaN(), Rank: math.NaN(), Coverage: make([]float64, len(Levels))}
	for l := range Levels {
		s.Coverage[l] = inside[l] / bounded[l] // NaN without intervals
	}
	if len(errors) == 0 {
		return s
	}
	s.Rank = stat.Correlation(ranks(is), ranks(was), nil)
	slices.Sort(errors)
	s.Median, s.Worst, s.Mean = panel.Median(errors), errors[len(errors)-1], stat.Mean(errors, nil)
	return s
}

// contains reports whether the interval contains x.
func (b Bound) contains(x float64) bool { return b.Low <= x && x <= b.High }

// ranks are the positions of values in their order, from 1; equal values share their mean position.
func ranks(x []float64) []float64 {
	r := make([]float64, len(x))
	for i, v := range x {
		below, equal := 0, 0
		for _, w := range x {
			switch {
			case w < v:
				below++
			case w == v:
				equal++
			}
		}
		r[i] = float64(below) + float64(equal+1)/2
	}
	return r
}
