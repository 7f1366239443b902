package simulate

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestExperimentSetsItsCellsAndWhatFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawHard(t)
		without := runDrawn(t, c)
		with := runDrawn(t, tested(t, c))
		test := with.tests[0]
		for r := range with.regions {
			treated := slices.Contains(test.regions, r)
			for week := range with.weeks {
				if !treated || week < test.from {
					require.Equal(t, without.observed.sales[r][week], with.observed.sales[r][week])
				}
				if treated && week >= test.from && week <= test.to {
					require.InDelta(t, test.factor*without.observed.activity[0][r][week], with.observed.activity[0][r][week], 1e-12)
				}
			}
		}
	})
}

func TestTrueLiftIsTheDifferenceOfTheTwoWorlds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawHard(t)
		without := runDrawn(t, c)
		with := runDrawn(t, tested(t, c))
		test, want := with.tests[0], 0.0
		for _, r := range test.regions {
			for week := test.from; week <= test.to; week++ {
				want += with.observed.sales[r][week] - without.observed.sales[r][week]
			}
		}
		require.InDelta(t, want, with.Lifts()[0].TrueLift, 0.01)
	})
}

// The standard error is that of a difference in differences on the noise.
func TestStandardErrorIsThatOfADifferenceInDifferences(t *testing.T) {
	c := DefaultConfig()
	c.Regions, c.Weeks = 8, 60
	for _, treated := range []int{3, 8} {
		c.Experiments = []Experiment{{Channels: c.Channels[:1], Count: treated, From: c.Start.AddDate(0, 0, 7*40), Weeks: 6}}
		w, err := Run(c)
		require.NoError(t, err)
		test, rng := w.tests[0], newDraws(1, "").stream("test")
		b := [2]float64{}
		group := func(r int) int { return map[bool]int{true: 0, false: 1}[slices.Contains(test.regions, r)] }
		for r, region := range w.regions {
			b[group(r)] += region.baseline
		}
		n, p := 6, weeksBefore
		var estimates []float64
		for range 20_000 {
			var during, earlier [2]float64
			for r, region := range w.regions {
				sd := c.Noise * region.baseline
				during[group(r)] += sd * math.Sqrt(float64(n)) * rng.NormFloat64()
				earlier[group(r)] += sd * math.Sqrt(float64(p)) * rng.NormFloat64()
			}
			change := func(g int) float64 { return during[g] - float64(n)/float64(p)*earlier[g] }
			estimate := change(0)
			if b[1] > 0 {
				estimate -= b[0] / b[1] * change(1)
			}
			estimates = append(estimates, estimate)
		}
		require.InEpsilon(t, stat.StdDev(estimates, nil), w.differenceError(test), 0.03)
	}
}

func TestMeasuredLiftsScatterByTheirStandardError(t *testing.T) {
	c := DefaultConfig()
	c.Regions, c.Weeks = 4, 40
	c.Experiments = []Experiment{{Channels: c.Channels[:1], Count: 2, From: c.Start.AddDate(0, 0, 7*20), Weeks: 4}}
	var z []float64
	for seed := range 400 {
		c.Seed = uint64(seed)
		w, err := Run(c)
		require.NoError(t, err)
		l := w.Lifts()[0]
		z = append(z, (l.Lift-l.TrueLift)/l.SE)
	}
	mean, sd := stat.MeanStdDev(z, nil)
	require.InDelta(t, 0, mean, 0.15)
	require.InDelta(t, 1, sd, 0.12)
}

func TestExperimentsAreWrittenAsAConfigurationHasThem(t *testing.T) {
	c := DefaultConfig()
	c.Experiments = []Experiment{
		{Channels: []string{"tv_impressions", "radio_impressions"}, Count: 5, From: c.Start.AddDate(0, 0, 70), Weeks: 8},
		{Channels: []string{"search_impressions"}, From: c.Start.AddDate(0, 0, 140), Weeks: 4, Factor: 1.5},
	}
	w, err := Run(c)
	require.NoError(t, err)
	var written bytes.Buffer
	require.NoError(t, w.WriteExperiments(&written))
	var read struct {
		Experiments []struct {
			Channels, Regions []string
			From, To          string
			Off               bool
			Factor            *float64
			Lift, SE          float64
			Effect            string
		}
	}
	require.NoError(t, yaml.UnmarshalWithOptions(written.Bytes(), &read, yaml.Strict()))
	lifts := w.Truth().Experiments
	for i, e := range read.Experiments {
		require.Equal(t, lifts[i].Channels, e.Channels)
		require.Equal(t, lifts[i].Regions, e.Regions)
		require.Equal(t, []any{lifts[i].Lift, lifts[i].SE, lifts[i].From, lifts[i].To, "total"}, []any{e.Lift, e.SE, e.From, e.To, e.Effect})
	}
	require.True(t, read.Experiments[0].Off)
	require.Nil(t, read.Experiments[0].Factor)
	require.Len(t, read.Experiments[0].Regions, 5)
	require.Equal(t, "2023-05-01", read.Experiments[0].To)
	require.Equal(t, 1.5, *read.Experiments[1].Factor)
	require.Empty(t, read.Experiments[1].Regions)
}

func TestBadExperimentIsRefused(t *testing.T) {
	good := Experiment{Channels: []string{"tv_impressions"}, From: DefaultConfig().Start.AddDate(0, 0, 70), Weeks: 8}
	for name, spoil := range map[string]func(*Experiment){
		"channel":         func(e *Experiment) { e.Channels = []string{"television"} },
		"region":          func(e *Experiment) { e.Regions = []string{"geo_999"} },
		"too many":        func(e *Experiment) { e.Count = 25 },
		"no week before":  func(e *Experiment) { e.From = DefaultConfig().Start },
		"no Monday":       func(e *Experiment) { e.From = e.From.Add(24 * time.Hour) },
		"beyond the end":  func(e *Experiment) { e.Weeks = 200 },
		"no change":       func(e *Experiment) { e.Factor = 1 },
		"negative factor": func(e *Experiment) { e.Factor = -1 },
		"no number":       func(e *Experiment) { e.Factor = math.NaN() },
	} {
		c, bad := DefaultConfig(), good
		spoil(&bad)
		c.Experiments = []Experiment{bad}
		_, err := Run(c)
		var named *ConfigError
		require.ErrorAs(t, err, &named, name)
		require.Contains(t, []string{"experiment"}, named.Field, name)
	}
	c := DefaultConfig()
	c.Experiments = []Experiment{good, good}
	_, err := Run(c)
	require.ErrorContains(t, err, "one experiment at a time")
}
