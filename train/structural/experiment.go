package structural

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/internal/settings"
	"deepcausalmmm/train/model"
)

// Experiment is a lift test as a configuration has it (docs/experiments.md): where and when, what was done, what was measured.
type Experiment struct {
	Channels []string `yaml:"channels" json:"channels"`
	Regions  []string `yaml:"regions,omitempty" json:"regions,omitempty"` // nil: all
	From     string   `yaml:"from" json:"from"`                           // the first row of the change
	To       string   `yaml:"to" json:"to"`                               // the last row of the change
	Until    string   `yaml:"until,omitempty" json:"until,omitempty"`     // the last row whose target counts; "": To

	// What was done to the channels, one of three.
	Off    bool     `yaml:"off,omitempty" json:"off,omitempty"`
	Factor *float64 `yaml:"factor,omitempty" json:"factor,omitempty"` // multiple of the exposure that there would have been
	Spend  *float64 `yaml:"spend,omitempty" json:"spend,omitempty"`   // over these regions and rows

	// Usual is what there would have been over these regions and rows: with Spend the spend, with Off the exposure of the channel.
	// nil: by the panel.
	Usual *float64 `yaml:"usual,omitempty" json:"usual,omitempty"`

	// What was measured: the target with the change less the target without it, over these regions and the rows that count, in its
	// own unit or relative to the target without the change.
	Lift     *float64         `yaml:"lift,omitempty" json:"lift,omitempty"`
	Relative *float64         `yaml:"relative,omitempty" json:"relative,omitempty"`
	SE       float64          `yaml:"se" json:"se"`                             // standard error, in the same unit
	Effect   model.EffectKind `yaml:"effect,omitempty" json:"effect,omitempty"` // model.Direct or model.Total; "": Total
	InPanel  *bool            `yaml:"in_panel,omitempty" json:"in_panel,omitempty"`
}

// inPanel reports whether the panel's exposure is that of the test.
func (e Experiment) inPanel() bool { return e.InPanel == nil || *e.InPanel }

// mostFactor bounds what a test does to an exposure; a larger factor is probably an error.
const mostFactor = 1000

// problem is the first key that breaks a rule of its own, and what is wrong with it.
func (e Experiment) problem() (key, problem string) {
	switch {
	case len(e.Channels) == 0:
		return "channels", "name the channels that were changed: channels: [tv]"
	case e.From == "":
		return "from", "name the first row of the change, as the panel has it, such as 2024-01-01"
	case e.To == "":
		return "to", "name the last row of the change, as the panel has it, such as 2024-02-26"
	}
	if key, problem = e.changeProblem(); key != "" {
		return key, problem
	}
	return e.measureProblem()
}

func (e Experiment) changeProblem() (key, problem string) {
	number := func(x *float64, least, most float64) bool { return x == nil || *x > least && *x <= most }
	given := 0
	for _, is := range []bool{e.Off, e.Factor != nil, e.Spend != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return "off", fmt.Sprintf("say what was done by one of off: true, factor and spend, not by %d of them", given)
	case !number(e.Factor, 0, mostFactor):
		return "factor", fmt.Sprintf("%g is out of range (0, %d] (for a channel that was switched off, write off: true)", *e.Factor, mostFactor)
	case e.Factor != nil && *e.Factor == 1:
		return "factor", "1 is no change: give the multiple of the exposure that there would have been"
	case !number(e.Spend, 0, 1e30):
		return "spend", fmt.Sprintf("%g is not above 0 (for a channel that was switched off, write off: true)", *e.Spend)
	case !number(e.Usual, 0, 1e30):
		return "usual", fmt.Sprintf("%g is not above 0: give what there would have been without the test", *e.Usual)
	case e.Usual != nil && e.Factor != nil:
		return "usual", "a factor says how the exposure differed from the usual one: leave usual out"
	case e.Usual != nil && e.Off && !e.inPanel():
		return "usual", "the panel has the usual exposure of a test that is not in it: leave usual out"
	case e.Usual != nil && e.Off && len(e.Channels) > 1:
		return "usual", "the exposures of several channels have no sum: leave usual out, or list a test for each channel"
	}
	return "", ""
}

func (e Experiment) measureProblem() (key, problem string) {
	finite := func(x *float64) bool { return x == nil || !math.IsNaN(*x) && math.Abs(*x) <= 1e30 }
	switch {
	case (e.Lift == nil) == (e.Relative == nil):
		return "lift", "give what was measured as lift, in the target's unit, or as relative, a share of the target without the change, and " +
			"not both"
	case !finite(e.Lift):
		return "lift", fmt.Sprintf("%g is not a number up to 1e30", *e.Lift)
	case e.Relative != nil && !(*e.Relative > -1 && *e.Relative <= 10):
		return "relative", fmt.Sprintf("%g is out of range (-1, 10]: write -0.04 for 4 %% less than without the change", *e.Relative)
	case !(e.SE > 0) || e.SE > 1e30:
		return "se", fmt.Sprintf("%g is not above 0: give the standard error of the lift, in the same unit (of a 95 %% interval, its width / 3.92)", e.SE)
	case !slices.Contains([]model.EffectKind{"", model.Direct, model.Total}, e.Effect):
		return "effect", fmt.Sprintf("%q is not one of %s, %s", e.Effect, model.Direct, model.Total)
	}
	return "", ""
}

// experimentKey is the dotted key of a part of the i-th experiment.
func experimentKey(i int, key string) string { return settings.Item("experiments", i) + "." + key }
