package panel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFingerprintsNameTheDifference(t *testing.T) {
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
		`it has region "b", which the other has not`:          func(p *Panel) { p.Regions[1] = "c" },
		`its regions stand in another order from "a" on`:      func(p *Panel) { p.Regions = []string{"b", "a"} },
		`it has week "2021-01-11", which the other has not`:   func(p *Panel) { p.Weeks[1] = "2021-01-18" },
		`it has column "media tv", which the other has not`:   func(p *Panel) { p.Channels[0] = "radio" },
		`it has column "spend cost", which the other has not`: func(p *Panel) { p.Spend, p.SpendNames = nil, nil },
		`other values stand in its media tv`:                  func(p *Panel) { p.Media[0]++ },
		`other values stand in its controls price`:            func(p *Panel) { p.Control[3]++ },
		`other values stand in its spend cost`:                func(p *Panel) { p.Spend[3]++ },
		`other values stand in its target`:                    func(p *Panel) { p.Target[3]++ },
		`it lacks column "controls weather", which the other has`: func(p *Panel) {
			p.Controls = []string{"price", "weather"}
			p.Control = []float64{1, 0, 2, 0, 3, 0, 4, 0}
		},
	} {
		require.Equal(t, want, same.Difference(made(change)))
	}
}

func TestAFilledTargetIsAnotherFingerprint(t *testing.T) {
	p := valid()
	p.Target = []float64{1, 1, 3, 4}
	given, err := New(p)
	require.NoError(t, err)
	p.Target[1] = math.NaN() // which is filled with the 1 before it
	filled, err := New(p)
	require.NoError(t, err)
	require.Equal(t, given.Target, filled.Target)
	require.Equal(t, "other values stand in its target", given.Fingerprint().Difference(filled.Fingerprint()))
}
