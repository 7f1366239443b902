package optim_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

func TestClipNormKeepsDirectionAndOtherGroups(t *testing.T) {
	a, b, other := param("a", 0.0, 0), param[float32]("b", 0), param("other", 0.0)
	a.Group, b.Group, other.Group = "mine", "mine", "theirs"
	copy(grads(a), []float64{3, 4})
	b.Grad.Float32s()[0], grads(other)[0] = 12, 100
	clip := optim.ClipNorm{Max: 1.3, Group: "mine"}
	params := []*optim.Param{a, other, b}

	norm, err := clip.Clip(params)
	require.NoError(t, err)
	require.InDelta(t, 13, norm, 1e-12, "of a and b, before")
	share := 1.3 / (13 + 1e-6) // PyTorch's
	require.InDeltaSlice(t, []float64{3 * share, 4 * share}, grads(a), 1e-15)
	require.InDelta(t, 12*share, b.Grad.Float32s()[0], 1e-7)
	require.Equal(t, []float64{100}, grads(other))

	norm, err = optim.ClipNorm{Max: math.Inf(1)}.Clip([]*optim.Param{other})
	require.NoError(t, err)
	require.Equal(t, 100.0, norm, "all without a group")
}

func TestClipNormLeavesWhatIsBelow(t *testing.T) {
	for _, g := range []float64{0, 3, 50 - 2e-6} {
		p := param("p", 0.0)
		grads(p)[0] = g
		require.NoError(t, optim.ClipNorm{Max: 50}.Apply([]*optim.Param{p}))
		require.Equal(t, []float64{g}, grads(p))
	}
}

func TestClipNormIsBlindToOtherGroupsErrors(t *testing.T) {
	mine, other := param("mine", 0.0), param("other", 0.0)
	mine.Group, other.Group = "mine", "theirs"
	grads(other)[0] = math.NaN()
	require.NoError(t, optim.ClipNorm{Max: 1, Group: "mine"}.Apply([]*optim.Param{mine, other}))
	grads(mine)[0] = math.Inf(-1)
	err := optim.ClipNorm{Max: 1, Group: "mine"}.Apply([]*optim.Param{other, mine})
	require.Equal(t, &optim.GradientError{Param: "mine", Index: 0, Value: math.Inf(-1)}, err)
}

func TestClipNormNeedsAMaximum(t *testing.T) {
	for _, most := range []float64{0, -1, math.NaN()} {
		require.Panics(t, func() { _ = optim.ClipNorm{Max: most}.Apply(nil) }, "%g", most)
	}
}
