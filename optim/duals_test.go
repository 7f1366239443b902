package optim_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

// Every update also goes through JSON, which must change nothing.
func TestDualsGrowOnlyWhenProgressStalls(t *testing.T) {
	d := optim.NewDuals(1, 0, 10, 50)
	for i, step := range []struct{ h, rho, alpha float64 }{
		{1, 1, 1},        // the first never raises rho
		{0.25, 1, 1.25},  // fell to a quarter: enough
		{0.2, 10, 3.25},  // fell too little
		{0.2, 50, 13.25}, // at its maximum
		{0.2, 50, 23.25},
		{0.01, 50, 23.75},
		{0, 50, 23.75},
		{0.01, 50, 24.25},
	} {
		state, err := json.Marshal(d)
		require.NoError(t, err)
		var resumed optim.Duals
		require.NoError(t, json.Unmarshal(state, &resumed))
		require.Equal(t, *d, resumed, "step %d, from %s", i, state)
		d = &resumed
		d.Update(step.h)
		require.InDelta(t, step.rho, d.Rho, 1e-12, "step %d", i)
		require.InDelta(t, step.alpha, d.Alpha, 1e-12, "step %d", i)
	}
}

func TestDualsRefuseOtherJSON(t *testing.T) {
	require.Error(t, json.Unmarshal([]byte(`{"rho": "large"}`), new(optim.Duals)))
}

func TestDualsKnowWhenTheyAreStuck(t *testing.T) {
	capped := optim.NewDuals(1, 0, 10, 50)
	for _, h := range []float64{1, 0.9, 0.8} {
		require.Empty(t, capped.Stuck(h))
		capped.Update(h)
	}
	require.Equal(t, "rho has reached its maximum, 50, with h still at 0.8", capped.Stuck(0.8))
	require.Empty(t, capped.Stuck(1e-9), "which is acyclic")

	// h halves while rho triples: each step of alpha is 1.5 times the last.
	growing, h := optim.NewDuals(1, 0, 3, 1e16), 1.0
	for update := range 6 {
		require.Empty(t, growing.Stuck(h), "update %d", update)
		growing.Update(h)
		h /= 2
	}
	require.Contains(t, growing.Stuck(h), "alpha has moved by more at each of the last 5 updates, to 20.78")
	growing.Update(h / 4)
	require.Empty(t, growing.Stuck(h/4), "one shorter step ends it")

	settling, h := optim.NewDuals(1, 0, 3, 1e16), 1.0
	for range 20 {
		settling.Update(h)
		h /= 5
	}
	require.Empty(t, settling.Stuck(h), "alpha has converged to its multiplier")
}
