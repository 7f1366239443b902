package train

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

func TestFiguresOfAWorkedExample(t *testing.T) {
	actual := []float64{10, 20, 30, 40}
	predicted := []float64{12, 20, 27, 40} // errors 2, 0, 3, 0; two regions of two weeks
	f := Measure(actual, predicted, 2)
	require.InDelta(t, math.Sqrt(13.0/4), f.RMSE, 1e-15)
	require.InDelta(t, 5.0/4, f.MAE, 1e-15)
	require.InDelta(t, 1, f.MedianAE, 1e-15)
	require.InDelta(t, 5.0/100, f.WMAPE, 1e-15)
	require.InDelta(t, 1-13.0/500, f.R2, 1e-15)
	require.InDelta(t, (1-4.0/50+1-9.0/50)/2, f.R2MedianByRegion, 1e-15)
}

func TestTrimmedRMSELeavesTheWorstTwentiethOut(t *testing.T) {
	actual := make([]float64, 100)
	predicted := make([]float64, 100)
	for i := range actual {
		actual[i], predicted[i] = 100, 101
	}
	for i := range 5 {
		predicted[i*20] = 1e6
	}
	require.InDelta(t, 1, Measure(actual, predicted, 1).TrimmedRMSE, 1e-12)
}

func TestR2AgreesWithGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		n := rapid.IntRange(2, 50).Draw(t, "n")
		y, p := make([]float64, n), make([]float64, n)
		for i := range y {
			y[i], p[i] = rng.NormFloat64(), rng.NormFloat64()
		}
		require.InDelta(t, stat.RSquaredFrom(p, y, nil), r2(y, p), 1e-9)
	})
}

func TestFiguresFollowTheUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		k := rapid.Float64Range(0.01, 1000).Draw(t, "unit")
		y, p, ky, kp := make([]float64, 12), make([]float64, 12), make([]float64, 12), make([]float64, 12)
		for i := range y {
			y[i], p[i] = 1+rng.Float64(), 1+rng.Float64()
			ky[i], kp[i] = k*y[i], k*p[i]
		}
		a, b := Measure(y, p, 3), Measure(ky, kp, 3)
		for _, pair := range [][2]float64{
			{k * a.RMSE, b.RMSE}, {k * a.MAE, b.MAE}, {k * a.MedianAE, b.MedianAE}, {k * a.TrimmedRMSE, b.TrimmedRMSE},
			{a.R2, b.R2}, {a.R2MedianByRegion, b.R2MedianByRegion}, {a.WMAPE, b.WMAPE},
		} {
			require.InEpsilon(t, pair[0], pair[1], 1e-9)
		}
	})
}

func TestNaiveForecastsKnowWhatTheyShould(t *testing.T) {
	const weeks, trained = 130, 110
	yearly := make([]float64, weeks) // the same every 52 weeks
	for i := range yearly {
		yearly[i] = 10 + float64(i%52)
	}
	b := NaiveForecasts(yearly, yearly[trained:], 1, trained, panel.Resolution{})
	require.Zero(t, b.LastYear.WMAPE)
	require.Zero(t, b.Best())

	constant := make([]float64, weeks)
	for i := range constant {
		constant[i] = 7
	}
	b = NaiveForecasts(constant, constant[trained:], 1, trained, panel.Resolution{})
	for name, f := range map[string]*Figures{"mean": b.RegionMean, "last": b.LastValue, "last 8": b.Last8Mean, "year": b.LastYear} {
		require.Zero(t, f.WMAPE, name)
	}

	ramp := make([]float64, 20)
	for i := range ramp {
		ramp[i] = float64(i)
	}
	b = NaiveForecasts(ramp, ramp[15:], 1, 15, panel.Resolution{}) // actual 15 … 19
	require.Nil(t, b.LastYear, "15 weeks hold no year")
	require.InDelta(t, 3, b.LastValue.MAE, 1e-12)   // 17 − 14
	require.InDelta(t, 6.5, b.Last8Mean.MAE, 1e-12) // 17 − 10.5
	require.InDelta(t, 10, b.RegionMean.MAE, 1e-12) // 17 − 7
	for i := trained; i < weeks; i++ {
		constant[i] = math.NaN() // the future must not matter to a forecast of it, but for its measure
	}
	require.True(t, math.IsNaN(NaiveForecasts(constant, constant[trained:], 1, trained, panel.Resolution{}).LastValue.MAE))
}

func TestLongHoldoutNeverLooksAtItself(t *testing.T) {
	const weeks, trained = 180, 60
	y := make([]float64, weeks)
	for i := range y {
		y[i] = 1
		if i >= trained {
			y[i] = 100 // a jump in the holdout only
		}
	}
	b := NaiveForecasts(y, y[trained:], 1, trained, panel.Resolution{})
	require.InDelta(t, 99, b.LastYear.MAE, 1e-12)
}

// A holdout whose target is 0, or that a naive forecast hits exactly, has no wMAPE or no skill; the files are written
// all the same.
func TestFiguresThatDoNotExistAreNull(t *testing.T) {
	text, err := json.Marshal(Measure([]float64{0, 0}, []float64{1, 2}, 1))
	require.NoError(t, err)
	require.Contains(t, string(text), `"wmape":null`)
	r := &Result{Panel: &panel.Panel{Target: []float64{3, 3, 3, 3}}, Outcome: model.Outcome{Parts: []model.Part{
		{Span: panel.Span{To: 2}, Regions: 1, Actual: []float64{3, 3}, Predicted: []float64{3, 3}},
		{Span: panel.Span{From: 2, To: 4}, Regions: 1, Actual: []float64{3, 3}, Predicted: []float64{3, 4}},
	}}}
	r.measure()
	require.Nil(t, r.Metrics.Skill)
	_, err = json.Marshal(r.Metrics)
	require.NoError(t, err)
	require.Contains(t, strings.Join(r.Summary(), "\n"), "skill undefined")
}

// A figure that does not exist is null in JSON, and NaN again after it is read.
func TestFiguresSurviveJSON(t *testing.T) {
	text, err := json.Marshal(Figures{1, 2, 3, 4, math.Inf(-1), 6, math.NaN()})
	require.NoError(t, err)
	back := Figures{WMAPE: 7}
	require.NoError(t, json.Unmarshal(text, &back))
	require.True(t, math.IsNaN(back.R2) && math.IsNaN(back.WMAPE))
	back.R2, back.WMAPE = 0, 0
	require.Equal(t, Figures{1, 2, 3, 4, 0, 6, 0}, back)
}

func TestSkillTakesTheBestBaseline(t *testing.T) {
	of := func(wmape float64) *Figures { return &Figures{WMAPE: wmape} }
	require.Equal(t, 0.1, Baselines{of(0.4), of(0.1), of(0.2), nil}.Best())
	require.Equal(t, 0.05, Baselines{of(0.4), of(0.1), of(0.2), of(0.05)}.Best())
	require.Equal(t, 0.3, Baselines{of(0.4), of(0.5), of(0.3), nil}.Best())
}

func TestSkillIsMeasuredAgainstTheBestBaseline(t *testing.T) {
	table := &panel.Panel{Target: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}} // the last value is the best forecast of a ramp
	r := &Result{Panel: table, Outcome: model.Outcome{Parts: []model.Part{
		{Span: panel.Span{To: 8}, Regions: 1, Actual: table.Target[:8], Predicted: table.Target[:8]},
		{Span: panel.Span{From: 8, To: 10}, Regions: 1, Actual: []float64{9, 10}, Predicted: []float64{9, 9}},
	}}}
	r.measure()
	require.InDelta(t, 1-1.0/3, *r.Metrics.Skill, 1e-12) // |10 − 9| against |9 − 8| + |10 − 8|
}

// A year is twelve rows of months, and the recent past two.
func TestNaiveForecastsCountInTheResolution(t *testing.T) {
	months, y := panel.Resolution{Period: panel.Month, Step: 1}, make([]float64, 48)
	for i := range y {
		y[i] = 10 + float64(i%12)
	}
	b := NaiveForecasts(y, y[36:], 1, 36, months)
	require.Zero(t, b.LastYear.WMAPE)
	require.InDelta(t, 5.5, b.LastValue.MAE, 1e-12)
	require.InDelta(t, (10.5+9.5+8.5+7.5+6.5+5.5+4.5+3.5+2.5+1.5+0.5+0.5)/12, b.Last8Mean.MAE, 1e-12) // the mean of 20 and 21
	require.Equal(t, "mean of the last 2 months", recentName(months))
	require.Equal(t, "same month last year", lastYearName(months))
	require.Equal(t, "mean of the last 8 weeks", recentName(panel.Resolution{}))
	require.Equal(t, "same week last year", lastYearName(panel.Resolution{}))
}

func TestMinTrainWeeksAreAsManyMonths(t *testing.T) {
	c := Config{}
	c.MinTrainWeeks = 40
	for period, want := range map[panel.Period]int{panel.Day: 40, panel.Week: 40, panel.Month: 9, panel.Quarter: 3} {
		require.Equal(t, want, c.minTrain(&panel.Panel{Resolution: panel.Resolution{Period: period, Step: 1}}))
	}
}

// Naive forecasts take the last row in which something could be sold.
func TestNaiveForecastsSkipClosedRows(t *testing.T) {
	nan := math.NaN()
	target := []float64{1, 2, 3, 4, 5, nan, 7, nan, 9, 10}
	b := NaiveForecasts(target, target[8:], 1, 8, panel.Resolution{Period: panel.Quarter, Step: 1})
	require.InDelta(t, (2.0+3)/19, b.LastValue.WMAPE, 1e-12, "7, the last that is known")
	require.InDelta(t, (4.0+5)/19, b.LastYear.WMAPE, 1e-12, "5 for both: the second's own quarter was closed")
	mean := (1.0 + 2 + 3 + 4 + 5 + 7) / 6
	require.InDelta(t, (9-mean+10-mean)/19, b.RegionMean.WMAPE, 1e-12)
}
