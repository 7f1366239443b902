package panel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTargetNeedsAPositiveMean(t *testing.T) {
	p := &Panel{
		Regions: []string{"east", "west"}, Weeks: labels("", 3), Target: []float64{1, 1, 4, 0, 0, 9},
		Report: Report{File: "panel.csv"},
	}
	means, err := p.TargetMeans(Span{0, 3})
	require.NoError(t, err)
	require.Equal(t, []float64{2, 3}, means)
	_, err = p.TargetMeans(Span{0, 2})
	var zero *TargetMeanError
	require.ErrorAs(t, err, &zero)
	require.Equal(t, "west", zero.Region)
	require.Equal(t, `panel.csv: region "west": the target is 0 in every one of the training weeks 0 to 1, and `+
		`the model divides by its mean (leave the region out, or correct its target)`, err.Error())
	p.Target[4] = -3
	_, err = p.TargetMeans(Span{0, 2})
	require.ErrorContains(t, err, "averages -1.5 of the training weeks")
}
