package neural

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/conformance"
	"deepcausalmmm/panel"
)

// TestPipelineConformance compares scaling, season, windows and starts with the Python original, which computes in float32.
func TestPipelineConformance(t *testing.T) {
	const tolerance = 1e-5
	conformance.Run(t, conformance.Pipeline, func(t *testing.T, c *conformance.Case) {
		var config struct {
			BurnInWeeks   int     `json:"burn_in_weeks"`
			HoldoutRatio  float64 `json:"holdout_ratio"`
			MinTrainWeeks int     `json:"min_train_weeks"`
		}
		require.NoError(t, json.Unmarshal(c.Config, &config))
		p := casePanel(t, c)

		train, holdout, err := p.Split(config.HoldoutRatio, config.MinTrainWeeks)
		require.NoError(t, err)
		scaling, err := fitScaling(p, train)
		require.NoError(t, err)
		season := decompose(p, train)
		fitted := scaling.window(p, train, config.BurnInWeeks, season)
		later := scaling.window(p, holdout, config.BurnInWeeks, season)
		starts := fitted.starts()

		got := map[string][]float64{
			"train.media": fitted.Media, "train.controls": fitted.Control, "train.target": fitted.Target,
			"holdout.media": later.Media, "holdout.controls": later.Control, "holdout.target": later.Target,
			"target_mean": scaling.TargetMean, "seasonal": season.Values,
			"seasonal_window_train": fitted.Season, "seasonal_window_holdout": later.Season,
			"initial.hill_g": starts.HillHalf, "initial.stable_media_coeff": starts.StableMedia,
			"initial.stable_ctrl_coeff": starts.StableControl, "initial.region_baseline": starts.RegionBaseline,
			"initial.global_bias":      {starts.GlobalBias},
			"initial.prediction_scale": {starts.PredictionScale},
		}
		for name, raw := range expectations(t, c) {
			require.Contains(t, got, name, "the case expects a field that this test does not check")
			want, _ := conformance.Flat(t, raw)
			conformance.Close(t, name, want, got[name], tolerance)
		}
	})
}

// expectations flattens the sections of a case to keys such as train.media and initial.hill_g.
func expectations(t *testing.T, c *conformance.Case) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for name, raw := range c.Expected {
		var section map[string]json.RawMessage
		if json.Unmarshal(raw, &section) != nil {
			all[name] = raw
			continue
		}
		for field, value := range section {
			all[name+"."+field] = value
		}
	}
	return all
}

func casePanel(t *testing.T, c *conformance.Case) *panel.Panel {
	media, shape := conformance.Flat(t, c.Inputs["media"])
	require.Len(t, shape, 3)
	p := panel.Panel{
		Regions: labels("region_", shape[0]), Weeks: labels("", shape[1]), Channels: labels("channel_", shape[2]),
		Media: media,
	}
	p.Control, shape = conformance.Flat(t, c.Inputs["controls"])
	p.Controls = labels("control_", shape[2])
	p.Target, _ = conformance.Flat(t, c.Inputs["target"])
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

func labels(stem string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(stem, i)
	}
	return all
}
