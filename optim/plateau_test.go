package optim_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

func TestPlateauFollowsPyTorch(t *testing.T) {
	for i, c := range pytorch(t).Plateau {
		p := optim.Plateau{Patience: c.Patience, Factor: c.Factor, Threshold: 1e-4, MinRate: c.Floor}
		rate := c.Rate
		for step, figure := range c.Figures {
			if figure == nil {
				rate = p.Step(math.NaN(), rate)
			} else {
				rate = p.Step(*figure, rate)
			}
			require.InEpsilon(t, c.Rates[step], rate, 1e-12, "case %d, step %d", i, step)
		}
	}
}
