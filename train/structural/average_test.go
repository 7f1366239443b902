package structural

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// searchOf is a search in a small world of 80 rows to train on, with parts of the shape fixed.
func searchOf(pin func(*Shape)) Search {
	return Search{Train: 80, Horizon: 10, BurnIn: 4, Scaling: Relative, Pin: pin}
}

// few fixes what most candidates differ in, so that a search takes a moment.
func few(s *Shape) {
	s.Knots, s.Trend, s.RegionTrend, s.Harmonics, s.RegionEffect, s.Units, s.Shifts = 2, 0.1, 0.03, 1, 0, 0, Shifts{}
	s.CarryOver, s.Control, s.Media = Geometric, 0.3, 0.3
}

// requireWeights checks what holds for the weights of every average.
func requireWeights(t *testing.T, a *Average) {
	total, members := 0.0, a.Members()
	for _, c := range a.Candidates {
		total += c.Weight
		require.True(t, c.Weight == 0 || c.Weight >= leastWeight, "%s has weight %v", c.What, c.Weight)
	}
	require.InDelta(t, 1, total, 1e-12)
	for i, c := range members {
		require.Positive(t, c.Weight)
		require.True(t, i == 0 || c.Weight <= members[i-1].Weight, "the heaviest first")
	}
	for i, c := range a.Candidates {
		for _, other := range a.Candidates[:i] {
			require.NotEqual(t, other.Shape, c.Shape, "%s and %s are one shape", other.What, c.What)
		}
	}
}

// Weights do not depend on the holdout, nor on the number of cores.
func TestWeightsDoNotDependOnTheHoldoutAndCores(t *testing.T) {
	w := newWorld(t, small)
	const train = 80
	a, err := Weigh(context.Background(), w.panel, searchOf(few))
	require.NoError(t, err)
	other := *w.panel
	other.Target, other.Media, other.Control = spoiled(other.Target, 90, train), spoiled(other.Media, 90*3, train*3), spoiled(other.Control, 90, train)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b, err := Weigh(context.Background(), &other, searchOf(few))
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.Equal(t, []model.Weeks{{Train: 70, To: 80}, {Train: 60, To: 70}, {Train: 50, To: 60}}, a.Origins)
	requireWeights(t, a)
}

// Values that are pinned are those of all candidates, and no shape is tried twice. Every candidate is observed once.
func TestPinnedFieldsAreNotChosen(t *testing.T) {
	w := newWorld(t, small)
	heard := 0
	s := searchOf(func(s *Shape) {
		s.Harmonics, s.Knots, s.Units, s.RegionEffect, s.Media, s.Control = 3, 2, 0, 0, 0.5, 0.2
		s.Saturation, s.Signed = Power, true
	})
	s.Observe = func(*Candidate) { heard++ }
	a, err := Weigh(context.Background(), w.panel, s)
	require.NoError(t, err)
	require.Equal(t, heard, len(a.Candidates))
	require.Greater(t, heard, 3)
	requireWeights(t, a)
	for _, c := range a.Candidates {
		free := c.Shape
		free.RegionTrend, free.Trend, free.CarryOver, free.Shifts = 0, 0, "", Shifts{}
		require.Equal(t, Shape{Knots: 2, Harmonics: 3, Media: 0.5, Control: 0.2, Saturation: Power, Signed: true}, free, c.What)
	}
	s.Only = true
	a, err = Weigh(context.Background(), w.panel, s)
	require.NoError(t, err)
	require.Len(t, a.Candidates, 1)
	require.Equal(t, Power, a.Candidates[0].Shape.Saturation)
	require.Equal(t, 1.0, a.Candidates[0].Weight)
}

// Without an origin all forms of carry-over and saturation have the same weight, all candidates of a form too, and no forecast has an error.
func TestTooFewWeeksGiveEqualWeights(t *testing.T) {
	w := newWorld(t, size{2, 50, 0.01})
	a, err := Weigh(context.Background(), w.panel, Search{Train: 42, Horizon: 5, Scaling: Relative})
	require.NoError(t, err)
	require.Empty(t, a.Origins)
	require.Equal(t, DefaultShape(42, panel.Resolution{}), a.Candidates[0].Shape)
	of := map[[2]string][]float64{}
	for _, c := range a.Candidates {
		form := [2]string{string(c.Shape.CarryOver), string(c.Shape.Saturation)}
		of[form] = append(of[form], c.Weight)
		require.Zero(t, c.WMAPE, c.What)
	}
	for form, weights := range of {
		require.InDelta(t, 1/float64(len(of)), floats.Sum(weights), 1e-12, form)
		require.InDelta(t, weights[0], floats.Min(weights), 1e-12, form)
	}
	requireWeights(t, a)
}

// A region that was closed up to an origin has no mean to scale by there: the others are compared, and it is named.
func TestAnOriginThatCannotBeFittedIsSkipped(t *testing.T) {
	w := newWorld(t, small)
	shut := *w.panel
	shut.Closed = make([]bool, len(shut.Target))
	for t := range 55 {
		shut.Closed[t] = true
	}
	var skipped []model.Weeks
	s := searchOf(few)
	s.Skip = func(o model.Weeks, err error) {
		require.ErrorContains(t, err, shut.Regions[0])
		skipped = append(skipped, o)
	}
	a, err := Weigh(context.Background(), &shut, s)
	require.NoError(t, err)
	require.Equal(t, []model.Weeks{{Train: 50, To: 60}}, skipped)
	require.Equal(t, []model.Weeks{{Train: 70, To: 80}, {Train: 60, To: 70}}, a.Origins)
	requireWeights(t, a)
}

// A shape that fits the world has the weight, and one that does not has none.
func TestFormsOfTheWorldHaveTheWeight(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *panel.Panel)
		pin    func(s *Shape)
		has    func(s Shape) bool
	}{
		"level shift": {shifted, func(s *Shape) {
			shifts := s.Shifts
			few(s)
			s.Knots, s.Shifts, s.Harmonics, s.Signed, s.Saturation = 1, shifts, 0, false, Hill
		}, func(s Shape) bool { return s.Shifts[0] >= 43 && s.Shifts[0] <= 47 }},
		"cannibal": {cannibalised, func(s *Shape) {
			few(s)
			s.Saturation = Hill
		}, func(s Shape) bool { return s.Signed }},
		"delayed carry-over": {delayedSales, func(s *Shape) {
			carryOver := s.CarryOver
			few(s)
			s.CarryOver, s.Signed = carryOver, false
			if s.Saturation != Power {
				s.Saturation = Hill
			}
		}, func(s Shape) bool { return s.CarryOver == Delayed || s.CarryOver == Weibull }},
	} {
		t.Run(name, func(t *testing.T) {
			p := *newWorld(t, size{6, 120, 0.01}).panel
			p.Target = append([]float64{}, p.Target...)
			c.change(&p)
			s := searchOf(c.pin)
			s.Train = 110
			a, err := Weigh(context.Background(), &p, s)
			require.NoError(t, err)
			requireWeights(t, a)
			with := 0.0
			for _, m := range a.Candidates {
				t.Logf("%.2f  %.1f  %s", m.Weight, m.Score, m.What)
				if c.has(m.Shape) {
					with += m.Weight
				}
			}
			require.Greater(t, with, 0.5)
		})
	}
}

// shifted has the level rise in row 45 and all later ones.
func shifted(p *panel.Panel) {
	T := len(p.Weeks)
	for r := range p.Regions {
		mean := floats.Sum(p.Target[r*T:(r+1)*T]) / float64(T)
		for t := 45; t < T; t++ {
			p.Target[r*T+t] += 0.15 * mean
		}
	}
}

// cannibalised has the third channel take sales away.
func cannibalised(p *panel.Panel) { sell(p, 2, -0.4, []float64{1}) }

// delayedSales has the third channel sell four weeks after its exposure.
func delayedSales(p *panel.Panel) { sell(p, 2, 0.6, []float64{0, 0, 0.1, 0.2, 0.4, 0.2, 0.1}) }

// sell adds to the sales of a channel size times its saturated exposure, carried over with the weights of the lags, in multiples of
// the region's mean sales.
func sell(p *panel.Panel, channel int, size float64, lags []float64) {
	T, M := len(p.Weeks), len(p.Channels)
	for r := range p.Regions {
		mean, sales := 0.0, floats.Sum(p.Target[r*T:(r+1)*T])/float64(T)
		for t := range T {
			mean += p.Media[(r*T+t)*M+channel] / float64(T)
		}
		for t := range T {
			carried := 0.0
			for lag, w := range lags {
				carried += w * p.Media[(r*T+max(0, t-lag))*M+channel] / mean
			}
			p.Target[r*T+t] += size * sales * carried / (1 + carried)
		}
	}
}

// A forecast's density is Student's t around the prediction, wider the further ahead.
func TestForecastDensities(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 60)
	f, err := NewFit(context.Background(), d, plain, Options{}, Effort{Start: 100}, nil, nil)
	require.NoError(t, err)
	got, err := f.forecastOf(w.panel, model.Weeks{Train: 60, To: 90})
	require.NoError(t, err)
	m := f.Model
	require.NoError(t, m.Evaluate())
	predicted, level, units := m.Floats(m.Prediction), m.Floats(m.Level), 0.0
	national, regional := f.walk()
	cells := m.forecastCells()
	require.Len(t, cells, 6*30)
	require.Len(t, got.densities, 6*30)
	for i, cell := range cells {
		ahead := float64(cell%90 - 59)
		wide := math.Sqrt(f.Sigma*f.Sigma + level[cell]*level[cell]*ahead*(national*national+regional*regional))
		z, nu := (d.Target[cell]-predicted[cell])/wide, f.Dof
		a, _ := math.Lgamma((nu + 1) / 2)
		b, _ := math.Lgamma(nu / 2)
		require.InDelta(t, a-b-math.Log(nu*math.Pi)/2-math.Log(wide)-(nu+1)/2*math.Log1p(z*z/nu), got.densities[i], 1e-9)
		units += math.Abs(w.panel.Target[cell])
	}
	require.InEpsilon(t, units, got.total, 1e-12)
	absolute := 0.0
	for _, cell := range cells {
		absolute += math.Abs(m.predicted()[cell] - w.panel.Target[cell])
	}
	require.InEpsilon(t, absolute, got.absolute, 1e-9)
}

// A candidate below the least weight, or whose forecasts are clearly worse than the best, is left out; the others keep the proportions.
func TestLightCandidatesAreLeftOut(t *testing.T) {
	const cells = 100
	weights := func(losses ...float64) (all []float64) {
		d := &Data{Regions: 1, Weeks: cells, Ahead: cells, Known: slices.Repeat([]bool{true}, cells)}
		w := weighing{}
		for _, loss := range losses {
			w.found = append(w.found, &Candidate{
				Score: -loss, densities: slices.Repeat([]float64{-loss / cells}, cells), fits: []*Fit{{Model: &Model{Data: d}, Design: 1}},
			})
		}
		w.weigh()
		for _, c := range w.found {
			all = append(all, c.Weight)
		}
		require.InDelta(t, 1, floats.Sum(all), 1e-12)
		return all
	}
	require.InDeltaSlice(t, []float64{0.5, 0.5}, weights(0, 0), 1e-9)
	require.Positive(t, weights(0, clearLoss-1)[1])
	require.Equal(t, []float64{1, 0}, weights(0, clearLoss+1))
	many := weights(append([]float64{0}, slices.Repeat([]float64{clearLoss - 0.5}, 99)...)...)
	require.InDelta(t, 1, many[0], 1e-12)
	require.Zero(t, floats.Sum(many[1:]))
}
