package dag_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
)

// Exposure is the inverse of the scale, and never below 0; without a mechanism, channels move by shares.
func TestExposureInvertsTheScale(t *testing.T) {
	for _, by := range append(dag.Mechanisms, "") {
		for _, x := range []float64{0, 0.5, 1, 40} {
			require.InDelta(t, x, by.Exposure(by.Scale(x)), 1e-12)
		}
		require.Zero(t, by.Exposure(-3))
	}
	require.Equal(t, dag.Shares.Scale(2), dag.Mechanism("").Scale(2))
	require.Equal(t, 2.0, dag.Amounts.Scale(2))
}
