package neural

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEarlyStoppingWaitsItsPatience(t *testing.T) {
	p := patience{Of: 3}
	for i, step := range []struct {
		rmse float64
		stop bool
	}{{5, false}, {4, false}, {4, false}, {4.5, false}, {3.9, false}, {4, false}, {4, false}, {4, true}} {
		require.Equal(t, step.stop, p.exhausted(step.rmse), "look %d", i)
	}
}
