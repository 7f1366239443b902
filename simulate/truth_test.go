package simulate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestComponentsSumToTheKPI(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := runDrawn(t, drawConfig(t)).Truth()
		total, shares, media, controls := 0.0, 0.0, 0.0, 0.0
		for name, component := range truth.Components {
			total += component
			shares += truth.Shares[name]
		}
		for _, direct := range truth.DirectContribution {
			media += direct
		}
		for _, contribution := range truth.ControlContribution {
			controls += contribution
		}
		require.InDelta(t, truth.KPITotal, total, 0.05)
		require.InDelta(t, 1, shares, 1e-5)
		require.InDelta(t, truth.Components["media"], media, 0.1)
		require.InDelta(t, truth.Components["controls"], controls, 0.1)
	})
}

func TestOnlyParentsHaveIndirectContributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawConfig(t))
		truth := w.Truth()
		for m, name := range truth.Channels {
			if w.funnel.feeds(m) {
				require.Greater(t, truth.TotalEffect[name], truth.DirectContribution[name], name)
			} else {
				require.InDelta(t, truth.DirectContribution[name], truth.TotalEffect[name], 0.02, name)
			}
			indirect := truth.TotalEffect[name] - truth.DirectContribution[name]
			require.InDelta(t, indirect, truth.IndirectContribution[name], 0.02, name)
		}
	})
}

func TestWithoutPullTotalIsDirect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		c.Pull = 0
		truth := runDrawn(t, c).Truth()
		for _, name := range truth.Channels {
			require.InDelta(t, truth.DirectContribution[name], truth.TotalEffect[name], 0.02, name)
		}
	})
}

// The two files determine the effects: from the columns and the parameters of the truth one can compute each channel's own
// plan, simulate the panel without the channel, and get the total effect of the truth.
func TestFilesDetermineTheEffects(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	story := readStory(t, w)
	for _, name := range story.truth.Channels {
		direct, observed := story.earned("")
		_, without := story.earned(name)
		require.InEpsilon(t, story.truth.DirectContribution[name], direct[name], 1e-3, name)
		require.InEpsilon(t, story.truth.TotalEffect[name], observed-without, 1e-3, name)
	}
}

// story is the content of the two files, with activity[channel][region] by week.
type story struct {
	truth    Truth
	activity map[string]map[string][]float64
}

func readStory(t *testing.T, w *World) story {
	var panel, truth bytes.Buffer
	require.NoError(t, w.WriteCSV(&panel))
	require.NoError(t, w.WriteTruth(&truth))
	s := story{activity: map[string]map[string][]float64{}}
	require.NoError(t, json.Unmarshal(truth.Bytes(), &s.truth))
	rows, err := csv.NewReader(&panel).ReadAll()
	require.NoError(t, err)
	for column, name := range rows[0] {
		unit, isChannel := s.truth.ActivityUnit[name]
		if !isChannel {
			continue
		}
		s.activity[name] = map[string][]float64{}
		for _, row := range rows[1:] {
			impressions, err := strconv.ParseFloat(row[column], 64)
			require.NoError(t, err)
			region := row[0]
			s.activity[name][region] = append(s.activity[name][region], impressions/unit/s.truth.RegionSize[region])
		}
	}
	return s
}

// earned simulates the panel without the silenced channel, and returns the contribution of each channel and of all.
func (s story) earned(silenced string) (each map[string]float64, all float64) {
	each = map[string]float64{}
	for region, baseline := range s.truth.RegionBaseline {
		lost := map[string][]float64{} // stock that each channel loses
		for _, name := range s.truth.CausalOrder {
			lacking := append([]float64(nil), s.activity[name][region]...)
			if name != silenced {
				lacking = s.lostActivity(name, lost)
			}
			lost[name] = stocked(lacking, s.truth.Carryover[name])
			for week, stock := range stocked(s.activity[name][region], s.truth.Carryover[name]) {
				left := math.Max(0, stock-lost[name][week])
				n, k := s.truth.HillSlope[name], s.truth.HalfSaturation[name]
				hill := math.Pow(left, n) / (math.Pow(left, n) + math.Pow(k, n))
				each[name] += baseline * s.truth.MediaEffect[name] * hill
			}
		}
	}
	for _, earned := range each {
		all += earned
	}
	return each, all
}

// lostActivity returns the activity that a child loses when its parents lose stock. It is linear, so the plan is not needed.
func (s story) lostActivity(child string, lost map[string][]float64) []float64 {
	lacking := make([]float64, s.truth.Weeks)
	for _, edge := range s.truth.EdgeWeights {
		if edge.To == child {
			for week, stock := range lost[edge.From] {
				lacking[week] += edge.Weight * stock
			}
		}
	}
	return lacking
}

// stocked returns the adstock in closed form, A_t = Σ_s (1−λ) λ^s a_{t−s}.
func stocked(activity []float64, carryover float64) []float64 {
	stock := make([]float64, len(activity))
	for t := range activity {
		for s := 0; s <= t; s++ {
			stock[t] += (1 - carryover) * math.Pow(carryover, float64(s)) * activity[t-s]
		}
	}
	return stock
}

func TestSampleIsRealistic(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	truth := w.Truth()
	require.InDelta(t, 0.35, truth.Shares["media"], 0.1)
	for _, name := range truth.Channels {
		require.Greater(t, truth.DirectContribution[name]/truth.KPITotal, 0.01, name)
	}
	for component, share := range truth.Shares {
		require.LessOrEqual(t, share, truth.Shares["baseline"], component)
	}
	require.Less(t, truth.NoiseWMAPE, 0.03)
}
