package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestPlansArePositive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawConfig(t))
		for m := range w.plans {
			for r := range w.plans[m] {
				for week, plan := range w.plans[m][r] {
					require.Positive(t, plan, "channel %d, region %d, week %d", m, r, week)
				}
			}
		}
	})
}

func TestTypicalActivityIsOne(t *testing.T) {
	c := DefaultConfig()
	c.Regions, c.Weeks = 60, 600
	w, err := Run(c)
	require.NoError(t, err)
	for m, channel := range c.Channels {
		total := 0.0
		for r := range w.regions {
			total += stat.Mean(w.observed.activity[m][r], nil)
		}
		require.InDelta(t, 1, total/60, 0.2, channel)
	}
}

// Plans depend on the first control only by advertising more in weeks when it favours sales: a model without that control
// would attribute its effect to media.
func TestFirstControlConfoundsEveryPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		c.Controls = numbered("control_%02d", 2)
		confounded := runDrawn(t, c)
		c.Controls = nil
		free := runDrawn(t, c)
		favour := math.Copysign(1, confounded.controls[0].effect)
		for m := range c.Channels {
			for r := range c.Regions {
				for week := range c.Weeks {
					gained := math.Log(confounded.plans[m][r][week] / free.plans[m][r][week])
					require.InDelta(t, c.Chase*favour*confounded.z[0][r][week], gained, 1e-9)
				}
			}
		}
	})
}
