package optim_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

// Every step also goes through JSON, which must not show.
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
			state, err := json.Marshal(p)
			require.NoError(t, err)
			p = optim.Plateau{}
			require.NoError(t, json.Unmarshal(state, &p))
			require.InEpsilon(t, c.Rates[step], rate, 1e-12, "case %d, step %d", i, step)
		}
	}
}
