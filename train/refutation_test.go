package train

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/train/model"
)

func total(channel string, share float64, bounds ...float64) model.Effect {
	e := model.Effect{Channel: channel, Kind: model.Total, Value: 1000 * share, Share: share}
	if len(bounds) > 0 {
		e.Low, e.High = &bounds[0], &bounds[1]
	}
	return e
}

// An effect that must be 0 is small by itself or beside that of its channel, or its interval contains 0.
func TestEffectsThatMustBeNone(t *testing.T) {
	for _, k := range []struct {
		original, found float64
		interval        []float64 // in units of the target, of which 1000 are predicted
		want            Verdict
	}{
		{0.03, 0.019, nil, Passed},
		{0.03, 0.021, nil, Failed},
		{0.03, -0.021, nil, Failed},
		{0.12, 0.039, nil, Passed},
		{0.12, 0.041, nil, Failed},
		{0.12, 0.041, []float64{-1, 90}, Passed},
		{0.12, 0.041, []float64{4.9, 90}, Passed}, // an effect that is kept above 0
		{0.12, 0.041, []float64{5.1, 90}, Failed},
		{0.12, -0.041, []float64{-90, -5.1}, Failed},
		{-0.3, 0.01, nil, Passed}, // of a channel that cannibalises
		{0.12, math.NaN(), nil, Failed},
	} {
		c := Check{Original: k.original}
		c.none("tv", &model.Inference{KPI: 1000, Effects: []model.Effect{total("tv", k.found, k.interval...)}}, 1)
		require.Equal(t, k.want, c.Verdict, "%+v", k)
	}
	var c Check
	in := &model.Inference{KPI: 1000, Effects: []model.Effect{total("tv", 0.05, 40, 60)}}
	c.none("tv", in, 2)
	require.Equal(t, []float64{0.1, 0.08, 0.12}, []float64{c.Found, *c.FoundLow, *c.FoundHigh}, "of the weeks from the start on")
	require.Equal(t, Failed, c.Verdict)
	in.Assumed = []string{"tv"}
	c.none("tv", in, 2)
	require.True(t, c.Assumed)
	require.Equal(t, Passed, c.Verdict, "the model does not say that it is an effect")
}

// Effects may move within their intervals, and the one that moved most is named.
func TestEffectsThatMustNotMove(t *testing.T) {
	inference := func(effects ...model.Effect) *model.Inference { return &model.Inference{KPI: 1000, Effects: effects} }
	move := func(before, after *model.Inference) Check {
		var c Check
		c.unmoved(before, after)
		return c
	}
	before := inference(total("tv", 0.1, 80, 110), total("radio", 0.05, 49, 90), total("off", 0, 0, 0))
	c := move(before, inference(total("tv", 0.085), total("radio", 0.06), total("off", 0)))
	require.Equal(t, Passed, c.Verdict)
	require.Equal(t, "tv", c.Channel)
	require.Equal(t, []float64{0.1, 0.085, 0.08, 0.11}, []float64{c.Original, c.Found, c.Low, c.High})
	c = move(before, inference(total("tv", 0.1), total("radio", 0.044), total("off", 0)))
	require.Equal(t, Failed, c.Verdict)
	require.Equal(t, "radio", c.Channel)
	require.InDelta(t, 0.045, c.Low, 1e-12, "at least half a per cent of the prediction")
	c = move(before, inference(total("tv", 0.1), total("radio", 0.05), total("off", math.NaN())))
	require.Equal(t, Failed, c.Verdict)
	require.Equal(t, "off", c.Channel)

	before = inference(total("tv", -0.1), total("radio", 0.01)) // without intervals
	require.Equal(t, Passed, move(before, inference(total("tv", -0.119), total("radio", 0.014))).Verdict)
	require.Equal(t, Failed, move(before, inference(total("tv", -0.121), total("radio", 0.01))).Verdict)
	require.Equal(t, "radio", move(before, inference(total("tv", -0.1), total("radio", 0.016))).Channel)
}

// The table has a line for each check, and one for what a failure means.
func TestLinesOfChecks(t *testing.T) {
	low, high := -0.01, 0.08
	r := Refutation{Trainings: 3, Checks: []Check{
		{Kind: Placebo, Channel: "tv", Verdict: Passed, Found: 0.031, FoundLow: &low, FoundHigh: &high, High: 0.02, Failure: "not said"},
		{Kind: CommonCause, Channel: "radio", Verdict: Failed, Found: 0.1, Original: 0.2, Low: 0.15, High: 0.25, Failure: "It moves."},
		{Kind: Start, Channel: "app", Verdict: Passed, Found: 0.05, High: 0.02, Assumed: true},
		{Kind: Start, Verdict: NotApplicable, Reason: "none starts"},
	}}
	require.Equal(t, []string{
		"checks   2 passed, 1 failed, 1 not applicable; 3 trainings of altered panels",
		"  " + r.Rule(),
		"  passed          placebo channel                tv: total 3.1 % (-1.0 to 8.0, at 80 %) instead of 0, allowed up to 2.0 %",
		"  failed          random common cause            radio: total 10.0 %, before 20.0 %, allowed 15.0 to 25.0 %",
		"                  It moves.",
		"  passed          weeks before a start           app: total 5.0 %, which the model marks as assumed, instead of 0, allowed up to 2.0 %",
		"  not applicable  weeks before a start           none starts",
	}, r.Lines())
	require.Contains(t, r.Rule(), "± 20 % of themselves")
	r.Intervals, r.Trainings = true, 1
	require.Contains(t, r.Rule(), "intervals of 80 %")
	require.Contains(t, r.Count(), "1 training of altered")
}
