package panel

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSplitPartitionsTheWeeks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Panel{Weeks: make([]string, rapid.IntRange(1, 300).Draw(t, "weeks"))}
		ratio := rapid.Float64Range(0, 0.99).Draw(t, "ratio")
		train, holdout, err := p.Split(ratio, 1)
		require.NoError(t, err)
		require.Equal(t, Span{0, len(p.Weeks)}, Span{train.From, holdout.To})
		require.Equal(t, train.To, holdout.From)
		require.LessOrEqual(t, float64(holdout.Len()), ratio*float64(len(p.Weeks)))
		require.Greater(t, float64(holdout.Len()+1), ratio*float64(len(p.Weeks)))
	})
}

func TestSplitKeepsMinTrainWeeks(t *testing.T) {
	p := &Panel{Weeks: make([]string, 45), Report: Report{File: "panel.csv"}}
	_, _, err := p.Split(0.12, 40)
	require.NoError(t, err, "40 of 45 weeks remain")
	_, _, err = p.Split(0.12, 41)
	var few *TooFewWeeksError
	require.True(t, errors.As(err, &few))
	require.Equal(t, 5, few.Holdout)
	require.Equal(t, "panel.csv: of 45 weeks, 40 are left for training after a holdout of 5, but "+
		"min_train_weeks is 41 (add weeks, or lower min_train_weeks or holdout_ratio)", err.Error())
	_, _, err = (&Panel{Weeks: make([]string, 1)}).Split(0.12, 40)
	require.ErrorContains(t, err, "one week only", "a cross-section")
	for _, ratio := range []float64{-0.1, 1, math.NaN(), math.Inf(1)} {
		_, _, err = p.Split(ratio, 1)
		require.ErrorContains(t, err, "holdout_ratio")
	}
}
