package panel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// counting is a complete panel whose numbers are all different.
func counting(t *testing.T, regions, weeks int) *Panel {
	p := Panel{Regions: labels("r", regions), Channels: []string{"tv", "search"}, Controls: []string{"price"}, SpendNames: []string{"cost"}, SpendOf: []int{0, -1}}
	for w := range weeks {
		p.Weeks = append(p.Weeks, isoDate(int64(20000+7*w)))
	}
	for i := range regions * weeks {
		x := float64(i)
		p.Media, p.Control = append(p.Media, x+1, x+1000), append(p.Control, -x)
		p.Target, p.Spend = append(p.Target, 5+x), append(p.Spend, 2*x)
	}
	full, err := New(p)
	require.NoError(t, err)
	return full
}

// A further column changes no other, nor the panel that it is added to.
func TestColumnsAreAdded(t *testing.T) {
	p := counting(t, 3, 10)
	before := p.Fingerprint()
	x := p.ExposureOf(1)
	require.Equal(t, 1000.0, x[0])
	q := p.WithChannel("copy", Organic, x).WithControl("more", x)
	require.Equal(t, before, p.Fingerprint())
	require.Equal(t, []string{"tv", "search", "copy"}, q.Channels)
	require.Equal(t, []ChannelKind{Paid, Paid, Organic}, q.Kinds)
	require.Equal(t, []int{0, -1, -1}, q.SpendOf)
	require.NoError(t, q.checkShape())
	for cell := range x {
		require.Equal(t, []float64{p.Media[2*cell], p.Media[2*cell+1], x[cell]}, q.Media[3*cell:3*cell+3])
		require.Equal(t, []float64{p.Control[cell], x[cell]}, q.Control[2*cell:2*cell+2])
	}
	p.Treatments = []bool{true}
	require.Equal(t, []bool{true, false}, p.WithControl("more", x).Treatments)
	require.Nil(t, p.WithChannel("copy", Paid, x).Kinds, "all are paid")
}

// A row that the table does not have is no week off air: its exposure is the other regions'.
func TestExposureOfMissingRows(t *testing.T) {
	p := counting(t, 2, 4)
	p.Missing = make([]bool, 8)
	p.Missing[1], p.Media[2] = true, 0
	require.Positive(t, p.ExposureOf(0)[1])
}

// Targets that are taken out are missing in all regions, and are filled from those that are left.
func TestTargetsAreTakenOut(t *testing.T) {
	p := counting(t, 2, 6)
	before := slices.Clone(p.Target)
	q, err := p.WithoutTargets([]int{2, 3})
	require.NoError(t, err)
	require.Equal(t, before, p.Target)
	require.Equal(t, []float64{5, 6, 6, 6, 9, 10, 11, 12, 12, 12, 15, 16}, q.Target)
	require.Equal(t, []bool{false, false, true, true, false, false, false, false, true, true, false, false}, q.Filled)
	require.Equal(t, p.Media, q.Media)
	require.Equal(t, p.SpendOf, q.SpendOf)
	_, err = p.WithoutTargets([]int{0, 1, 2, 3, 4, 5})
	require.EqualError(t, err, `panel: region "r0" would have no target left`)
}

func TestStartOfAChannel(t *testing.T) {
	p := counting(t, 2, 5)
	require.Zero(t, p.Start(0))
	for _, cell := range []int{0, 1, 2, 5, 6} {
		p.Media[2*cell] = 0
	}
	require.Equal(t, 2, p.Start(0), "in the second region")
	for cell := range 10 {
		p.Media[2*cell] = 0
	}
	require.Equal(t, 5, p.Start(0), "never")
}

// Blocks are shuffled: every week comes once, no block stays, and within blocks the order remains.
func TestBlocksAreShuffled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, block := rapid.IntRange(1, 120).Draw(t, "n"), rapid.IntRange(1, 20).Draw(t, "block")
		order := ShuffledBlocks(n, block, random(rapid.Uint64().Draw(t, "seed")))
		sorted := slices.Sorted(slices.Values(order))
		apart := 0
		for i, from := range order {
			require.Equal(t, i, sorted[i])
			if i > 0 && from != order[i-1]+1 {
				apart++
			}
		}
		if n > block {
			require.LessOrEqual(t, apart, (n-1)/block)
			position := slices.Index(order, 0)
			require.NotZero(t, position, "the first block moves")
		}
	})
}

func TestRegionsAreReorderedAlike(t *testing.T) {
	p := &Panel{Regions: labels("r", 2), Weeks: labels("w", 3)}
	require.Equal(t, []float64{3, 1, 2, 6, 4, 5}, p.Reordered([]float64{1, 2, 3, 4, 5, 6}, []int{2, 0, 1}))
}

func TestBlocksOfWeeksAreDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weeks, block := rapid.IntRange(20, 200).Draw(t, "weeks"), rapid.IntRange(1, 8).Draw(t, "block")
		n := rapid.IntRange(block, weeks/2).Draw(t, "n")
		drawn := BlocksOf(weeks, n, block, random(rapid.Uint64().Draw(t, "seed")))
		require.InDelta(t, n, len(drawn), float64(block))
		require.True(t, slices.IsSorted(drawn))
		require.Len(t, slices.Compact(slices.Clone(drawn)), len(drawn))
		require.Less(t, drawn[len(drawn)-1], weeks)
	})
}

// The noise has the moments that it says, in the long run.
func TestNoiseRemains(t *testing.T) {
	const R, T = 2, 40000
	p := &Panel{Regions: labels("r", R), Weeks: make([]string, T)}
	x := p.Noise(0.8, random(3))
	one, two := x[:T], x[T:]
	require.InDelta(t, 0, stat.Mean(one, nil), 0.06)
	require.InDelta(t, 1, stat.StdDev(one, nil), 0.03)
	require.InDelta(t, 0.8, stat.Correlation(one[1:], one[:T-1], nil), 0.02)
	require.InDelta(t, 0.5, stat.Correlation(one, two, nil), 0.05)
	require.False(t, slices.ContainsFunc(x, math.IsNaN))
}
