package simulate

import (
	"bytes"
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawHard draws the configuration of a small world with any forms, mechanism and plans, and perhaps a mediator and an experiment.
func drawHard(t *rapid.T) Config {
	c := drawConfig(t)
	c.Weeks = max(c.Weeks, 20)
	c.Noise, c.ControlEffect = c.Noise/2, 0.05
	c.Mechanism = rapid.SampledFrom([]Mechanism{Amounts, Shares}).Draw(t, "mechanism")
	c.Carryover = rapid.SampledFrom(append(carryovers, DrawnCarryover)).Draw(t, "carry-over")
	c.Saturation = rapid.SampledFrom(append(forms, DrawnSaturation)).Draw(t, "saturation")
	c.Media = rapid.Float64Range(0.1, 0.3).Draw(t, "media")
	c.Negative = rapid.IntRange(0, 1).Draw(t, "negative")
	c.Drift, c.Spread = rapid.Float64Range(0, 0.4).Draw(t, "drift"), rapid.Float64Range(0, 0.4).Draw(t, "spread")
	c.Together, c.Follow = rapid.Float64Range(0, 0.9).Draw(t, "together"), rapid.Float64Range(0, 2).Draw(t, "follow")
	c.Synergy = rapid.SampledFrom([]float64{0, 1}).Draw(t, "synergy")
	c.Shown = rapid.SampledFrom([]float64{0, 0.7, 1}).Draw(t, "shown")
	if rapid.Bool().Draw(t, "mediated") && len(c.Channels) > 1 {
		c.Mediators, c.Upper = []string{"awareness"}, c.Channels[:1]
		c.Edges = [][2]string{{c.Channels[0], "awareness"}, {"awareness", c.Channels[1]}}
	}
	return c
}

// tested adds an experiment.
func tested(t *rapid.T, c Config) Config {
	from := rapid.IntRange(1, c.Weeks-2).Draw(t, "test's first week")
	c.Experiments = []Experiment{{
		Channels: c.Channels[:1], Count: rapid.IntRange(1, c.Regions).Draw(t, "tested regions"), From: c.Start.AddDate(0, 0, 7*from),
		Weeks: rapid.IntRange(1, min(c.Weeks-from, 8)).Draw(t, "test's weeks"), Factor: rapid.SampledFrom([]float64{0, 0.5, 2}).Draw(t, "test's factor"),
	}}
	return c
}

// resimulate computes a region's KPI again, week by week from the closed forms, with a node's activity at 0.
func resimulate(w *World, r, silenced int) []float64 {
	activity, stock := make([][]float64, len(w.channels)), make([][]float64, len(w.channels))
	sales := make([]float64, w.config.Weeks)
	for t := range sales {
		sales[t] = w.given.baseline[r][t] + w.given.trend[r][t] + w.given.season[r][t] + w.given.noise[r][t]
		for _, control := range w.given.controls {
			sales[t] += control[r][t]
		}
		for _, m := range w.funnel.order {
			a := w.plans[m][r][t]
			for i, p := range w.funnel.parents[m] {
				if w.config.Mechanism == Shares {
					a = math.Exp(math.Log(a) + w.funnel.pull[m][i]*math.Log((1+stock[p][t])/2))
				} else {
					a += w.funnel.pull[m][i] * stock[p][t]
				}
			}
			if m == silenced {
				a = 0
			}
			activity[m] = append(activity[m], a)
			channel, carried := w.channels[m], 0.0
			weights := channel.carry.weights()
			for lag := range t + 1 {
				switch {
				case channel.carry.form == Geometric:
					carried += (1 - channel.carry.retention) * math.Pow(channel.carry.retention, float64(lag)) * activity[m][t-lag]
				case lag < window:
					carried += weights[lag] * activity[m][t-lag]
				}
			}
			stock[m] = append(stock[m], carried)
		}
		for m, channel := range w.channels {
			force := w.force[m][r][t]
			if m == 1 {
				force *= 1 + w.config.Synergy*2*stock[0][t]/(1+stock[0][t])
			}
			sales[t] += w.regions[r].baseline * channel.effect * force * channel.curve.at(stock[m][t])
		}
	}
	return sales
}

func TestTotalEffectIsThatOfABruteForceSimulation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawHard(t))
		truth := w.Truth()
		for m, channel := range w.channels {
			want := 0.0
			for r := range w.regions {
				with, without := resimulate(w, r, -1), resimulate(w, r, m)
				for week, kept := range w.kept[r] {
					if kept {
						want += with[week] - without[week]
					}
				}
			}
			require.InDelta(t, want, truth.TotalEffect[channel.name], 0.01+1e-9*truth.KPITotal, channel.name)
		}
	})
}

func intervene(t *rapid.T, w *World, i Intervention) *Intervened {
	answer, err := w.Intervene(i)
	require.NoError(t, err)
	return answer
}

func TestLeversAndSettingsByOneChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, tested(t, drawHard(t)))
		ones := map[string]float64{}
		for _, name := range w.config.Channels {
			ones[name] = 1
		}
		for _, i := range []Intervention{{Lever: ones}, {Do: ones}} {
			answer := intervene(t, w, i)
			require.InDeltaMapValues(t, regionsOf(answer.AsItIs), regionsOf(answer.Intervened), 1e-6)
		}
	})
}

// regionsOf flattens a field for comparison.
func regionsOf(f [][]float64) map[int]float64 {
	cells := map[int]float64{}
	for r := range f {
		for t, x := range f[r] {
			cells[r*len(f[r])+t] = x
		}
	}
	return cells
}

func TestLeverOfARootSetsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, tested(t, drawHard(t)))
		root := w.config.Channels[slices.IndexFunc(w.funnel.parents[:len(w.config.Channels)], func(p []int) bool { return len(p) == 0 })]
		factors := map[string]float64{root: rapid.Float64Range(0, 3).Draw(t, "factor")}
		from := w.weeks[rapid.IntRange(0, len(w.weeks)-1).Draw(t, "from")]
		do, lever := intervene(t, w, Intervention{Do: factors, From: from}), intervene(t, w, Intervention{Lever: factors, From: from})
		require.InDeltaMapValues(t, regionsOf(do.Intervened), regionsOf(lever.Intervened), 1e-6)
		for r := range w.regions {
			for week, day := range w.weeks {
				if day.Before(from) {
					require.Equal(t, do.AsItIs[r][week], do.Intervened[r][week], "a week before")
				}
			}
		}
	})
}

func TestSettingToZeroLosesTheTotalEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, tested(t, drawHard(t)))
		truth := w.Truth()
		for _, name := range truth.Channels {
			answer := intervene(t, w, Intervention{Do: map[string]float64{name: 0}})
			require.InDelta(t, truth.TotalEffect[name], w.sum(answer.AsItIs)-w.sum(answer.Intervened), 0.011, name)
			require.InDelta(t, truth.TotalEffect[name], truth.DirectContribution[name]+truth.IndirectContribution[name], 0.021)
		}
	})
}

// A lever of 0 leaves a child what its parents move: by amounts all but its plan, by shares nothing.
func TestLeverReachesOnlyTheOwnPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawHard(t))
		for m := range w.config.Channels {
			left := w.play(change{lever: map[int]float64{m: 0}})
			for r := range w.regions {
				for week, a := range left.activity[m][r] {
					want := 0.0
					if w.config.Mechanism == Amounts {
						want = w.observed.activity[m][r][week] - w.plans[m][r][week]
					}
					require.InDelta(t, want, a, 1e-9)
				}
			}
		}
	})
}

func TestInterventionIsWrittenByRow(t *testing.T) {
	c := DefaultConfig()
	c.Missing = 0.1
	w, err := Run(c)
	require.NoError(t, err)
	answer, err := w.Intervene(Intervention{Do: map[string]float64{"tv_impressions": 0}})
	require.NoError(t, err)
	var written bytes.Buffer
	require.NoError(t, answer.WriteCSV(&written))
	rows, err := csv.NewReader(&written).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"region", "week", "as_it_is", "intervened"}, rows[0])
	require.Len(t, rows[1:], w.Rows())
	lost := 0.0
	for _, row := range rows[1:] {
		before, err := strconv.ParseFloat(row[2], 64)
		require.NoError(t, err)
		after, err := strconv.ParseFloat(row[3], 64)
		require.NoError(t, err)
		lost += before - after
	}
	truth := w.Truth()
	require.InDelta(t, truth.TotalEffect["tv_impressions"], lost, 0.01*float64(w.Rows()))
	require.InDelta(t, -truth.TotalEffect["tv_impressions"]/truth.KPITotal, answer.Change(), 1e-9)
}

func TestBadInterventionNamesTheField(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	for _, bad := range []struct {
		field string
		i     Intervention
	}{
		{"do", Intervention{Do: map[string]float64{"television": 1}}},
		{"lever", Intervention{Lever: map[string]float64{"tv_impressions": -1}}},
		{"do", Intervention{Do: map[string]float64{"tv_impressions": math.Inf(1)}}},
		{"do", Intervention{Do: map[string]float64{"tv_impressions": math.NaN()}}},
		{"lever", Intervention{Do: map[string]float64{"tv_impressions": 1}, Lever: map[string]float64{"tv_impressions": 1}}},
		{"from", Intervention{From: w.weeks[0].AddDate(0, 0, 1)}},
	} {
		_, err := w.Intervene(bad.i)
		var named *ConfigError
		require.ErrorAs(t, err, &named)
		require.Equal(t, bad.field, named.Field)
	}
}
