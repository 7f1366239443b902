package simulate

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/train/model"
)

var _ model.Market = (*Market)(nil)

func marketOf(t require.TestingT, w *World) *Market {
	k, err := w.Market()
	require.NoError(t, err)
	return k
}

// levered are the planned own parts with those of some weeks multiplied by node.
func levered(k *Market, by map[int]float64, from, before int) []float64 {
	own, weeks, nodes := k.Planned(), k.w.config.Weeks, len(k.w.channels)
	for i := range own {
		if factor, moved := by[i%nodes]; moved && i/nodes%weeks >= from && i/nodes%weeks < before {
			own[i] *= factor
		}
	}
	return own
}

// The market and the simulation are two implementations of one meaning of a lever.
func TestMarketIsTheWorldUnderLevers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawHard(t))
		k := marketOf(t, w)
		from := rapid.IntRange(0, w.config.Weeks-1).Draw(t, "from")
		before := rapid.IntRange(from+1, w.config.Weeks).Draw(t, "before")
		by, named := map[int]float64{}, map[string]float64{}
		for m, name := range w.config.Channels {
			by[m] = rapid.Float64Range(0, 3).Draw(t, name)
			named[name] = by[m]
		}
		require.NoError(t, k.Run(levered(k, by, from, before), nil))
		under := intervene(t, w, Intervention{Lever: named, From: w.weeks[from], To: w.weeks[before-1]})
		sold, exposure, nodes := k.Sold(), k.Exposure(), len(w.channels)
		for r := range w.regions {
			for week := range w.config.Weeks {
				cells := (r*w.config.Weeks + week) * nodes
				media := 0.0
				for m := range nodes {
					media += sold[cells+m] - w.observed.media[m][r][week]
					want := under.activity[m][r][week] * k.impressions(m, r)
					require.InEpsilon(t, 1+want, 1+exposure[cells+m], 1e-9)
				}
				require.InDelta(t, under.Intervened[r][week]-under.AsItIs[r][week], media, 1e-9*w.regions[r].baseline)
			}
		}
	})
}

// The pull agrees with central differences in the direction of a random change.
func TestPullIsTheGradientOfTheMarket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawHard(t))
		k := marketOf(t, w)
		own := k.Planned()
		nodes := len(w.channels)
		held := make([]bool, nodes)
		held[rapid.IntRange(0, nodes-1).Draw(t, "held")] = rapid.Bool().Draw(t, "holds")
		rng := newDraws(rapid.Uint64().Draw(t, "seed"), "pull").stream("direction")
		direction, byExposure, bySold := make([]float64, len(own)), make([]float64, len(own)), make([]float64, len(own))
		for i := range own {
			own[i] *= between(rng, 0.5, 1.5)
			direction[i] = own[i] * between(rng, -1, 1)
			byExposure[i], bySold[i] = between(rng, -1, 1)/k.impressions(i%nodes, i/nodes/w.config.Weeks), between(rng, -1, 1)/baseSales
		}
		value := func(step float64) float64 {
			at := slices.Clone(own)
			for i := range at {
				at[i] += step * direction[i]
			}
			require.NoError(t, k.Run(at, held))
			sum := 0.0
			exposure, sold := k.Exposure(), k.Sold()
			for i := range at {
				sum += byExposure[i]*exposure[i] + bySold[i]*sold[i]
			}
			return sum
		}
		const h = 1e-4
		want := (value(h) - value(-h)) / (2 * h)
		value(0)
		pull, err := k.Pull(byExposure, bySold)
		require.NoError(t, err)
		got := 0.0
		for i, g := range pull {
			got += g * direction[i]
		}
		require.InDelta(t, want, got, 1e-4*(1+math.Abs(want)))
	})
}

func TestHeldNodesHaveTheirOwnPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawHard(t))
		k := marketOf(t, w)
		held, own := slices.Repeat([]bool{true}, len(w.channels)), k.Planned()
		require.NoError(t, k.Run(own, held))
		require.InEpsilonSlice(t, own, k.Exposure(), 1e-12)
	})
}

// A lever that ends leaves later weeks what carries over: with geometric carry-over the stock's change falls by λ a week.
func TestAnInterventionThatEndsCarriesOver(t *testing.T) {
	c := DefaultConfig()
	c.Saturation = Linear
	c.Edges = [][2]string{}
	c.Returns = [2]float64{1, 1}
	w, err := Run(c)
	require.NoError(t, err)
	const m, from, to = 1, 40, 52
	for _, i := range []Intervention{
		{Lever: map[string]float64{c.Channels[m]: 1.5}}, {Do: map[string]float64{c.Channels[m]: 1.5}},
	} {
		i.From, i.To = w.weeks[from], w.weeks[to]
		under, err := w.Intervene(i)
		require.NoError(t, err)
		spent, paid := under.Spend(m)
		for week := range w.config.Weeks {
			change := under.Intervened[0][week] - under.AsItIs[0][week]
			factor := 1.0
			if week >= from && week <= to {
				factor = 1.5
			}
			require.InEpsilon(t, factor*spent[week]+1, paid[week]+1, 1e-9)
			switch {
			case week < from:
				require.Zero(t, change)
			case week > to+1 && week < to+8:
				before := under.Intervened[0][week-1] - under.AsItIs[0][week-1]
				require.InEpsilon(t, w.channels[m].carry.retention, change/before, 1e-6)
			}
		}
	}
	_, err = w.Intervene(Intervention{From: w.weeks[5], To: w.weeks[4]})
	var named *ConfigError
	require.ErrorAs(t, err, &named)
	require.Equal(t, "to", named.Field)
	_, err = w.Intervene(Intervention{To: w.weeks[5].Add(time.Hour)})
	require.ErrorAs(t, err, &named)
	require.Equal(t, "to", named.Field)
}

// What a channel sells by itself, or in all if it sells through others, is what it costs times its return.
func TestPricesReturnWhatIsConfigured(t *testing.T) {
	c := DefaultConfig()
	c.Returns, c.Upper = [2]float64{2, 2}, []string{"tv_impressions"}
	w, err := Run(c)
	require.NoError(t, err)
	under, err := w.Intervene(Intervention{})
	require.NoError(t, err)
	truth := w.Truth()
	for m, name := range c.Channels {
		spent, _ := under.Spend(m)
		sum := 0.0
		for _, x := range spent {
			sum += x
		}
		want := truth.DirectContribution[name]
		if name == c.Upper[0] {
			want = truth.TotalEffect[name]
		}
		require.InEpsilon(t, want, 2*sum, 1e-6, name)
	}
	for _, bad := range [][2]float64{{0, 1}, {2, 1}, {1, math.Inf(1)}, {math.NaN(), 1}} {
		c.Returns = bad
		_, err := Run(c)
		var named *ConfigError
		require.ErrorAs(t, err, &named)
		require.Equal(t, "returns", named.Field)
	}
}

func TestWorldsWithExperimentsHaveNoMarket(t *testing.T) {
	c := DefaultConfig()
	c.Experiments = []Experiment{{Channels: c.Channels[:1], From: c.Start.AddDate(0, 0, 70), Weeks: 4}}
	w, err := Run(c)
	require.NoError(t, err)
	_, err = w.Market()
	require.Error(t, err)
}
