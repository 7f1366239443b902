package panel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDifferenceDescribesTheFirstDifference(t *testing.T) {
	made := func(change func(*Panel)) Fingerprint {
		p := valid()
		change(&p)
		whole, err := New(p)
		require.NoError(t, err)
		return whole.Fingerprint()
	}
	same := made(func(*Panel) {})
	require.Equal(t, same, made(func(*Panel) {}))
	require.Empty(t, same.Difference(made(func(*Panel) {})))
	for want, change := range map[string]func(*Panel){
		`it has region "b", which the other does not have`:          func(p *Panel) { p.Regions[1] = "c" },
		`its regions are in another order from "a" on`:              func(p *Panel) { p.Regions = []string{"b", "a"} },
		`it has week "2021-01-11", which the other does not have`:   func(p *Panel) { p.Weeks[1] = "2021-01-18" },
		`it has column "media tv", which the other does not have`:   func(p *Panel) { p.Channels[0] = "radio" },
		`it has column "spend cost", which the other does not have`: func(p *Panel) { p.Spend, p.SpendNames = nil, nil },
		`the values of its media tv differ`:                         func(p *Panel) { p.Media[0]++ },
		`the values of its controls price differ`:                   func(p *Panel) { p.Control[3]++ },
		`the values of its spend cost differ`:                       func(p *Panel) { p.Spend[3]++ },
		`the values of its target differ`:                           func(p *Panel) { p.Target[3]++ },
		`it lacks column "controls weather", which the other has`: func(p *Panel) {
			p.Controls = []string{"price", "weather"}
			p.Control = []float64{1, 0, 2, 0, 3, 0, 4, 0}
		},
	} {
		require.Equal(t, want, same.Difference(made(change)))
	}
}

func TestFingerprintDependsOnWhichTargetsWereFilled(t *testing.T) {
	p := valid()
	p.Target = []float64{1, 1, 3, 4}
	given, err := New(p)
	require.NoError(t, err)
	p.Target[1] = math.NaN() // filled with the 1 of the week before
	filled, err := New(p)
	require.NoError(t, err)
	require.Equal(t, given.Target, filled.Target)
	require.Equal(t, "the values of its target differ", given.Fingerprint().Difference(filled.Fingerprint()))
}
