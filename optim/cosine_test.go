package optim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

func TestCosineRestartsFollowsPyTorch(t *testing.T) {
	for _, c := range pytorch(t).Cosine {
		s := optim.CosineRestarts{MaxRate: c.Rate, MinRate: c.Floor, Period: c.Period, Mult: c.Mult}
		for step, want := range c.Rates {
			require.InDelta(t, want, s.At(step), 1e-12, "step %d", step)
		}
	}
}

func TestCosineRestartsRefusesWhatCannotBe(t *testing.T) {
	const message = "optim: no rate at step 5 of cosines of period 0, each 1 times as long"
	require.PanicsWithValue(t, message, func() { (&optim.CosineRestarts{Mult: 1}).At(5) })
	require.Panics(t, func() { (&optim.CosineRestarts{Period: 1}).At(5) })
	require.Panics(t, func() { (&optim.CosineRestarts{Period: 1, Mult: 1}).At(-1) })
}
