package train

import (
	"fmt"
	"slices"
	"strings"

	"deepcausalmmm/train/model"
)

// Refutation holds attempts to refute a result by trainings of altered panels, in which it is known what an effect must be (Sharma
// and Kiciman 2020; negative controls: Lipsitch et al. 2010). A result that passes is not proved: it survived.
type Refutation struct {
	Trainings int     `json:"trainings"` // of altered panels
	Intervals bool    `json:"intervals"` // moves are bounded by the effects' own intervals of 80 %, else by MoveWithout
	Checks    []Check `json:"checks"`
}

// Check is one attempt, on a channel's total effect. Effects are shares of the prediction over all weeks; of a start, over the weeks
// from it on.
type Check struct {
	Kind      CheckKind `json:"kind"`
	Channel   string    `json:"channel"`    // whose effect is looked at; of all channels, the one that moved most; empty if there is none
	What      string    `json:"what"`       // what was done
	Verdict   Verdict   `json:"verdict"`    //
	Reason    string    `json:"reason"`     // why it is not applicable; empty if it is
	Original  float64   `json:"original"`   // effect of the channel in the result
	Found     float64   `json:"found"`      // effect in the altered panel: the channel's, or its placebo's
	FoundLow  *float64  `json:"found_low"`  // its interval of 80 %, of a placebo or a start; null without
	FoundHigh *float64  `json:"found_high"` //
	Assumed   bool      `json:"assumed"`    // the model says itself that what was found is the prior's, of a placebo or a start
	Low       float64   `json:"low"`        // bounds of Found
	High      float64   `json:"high"`       //
	Failure   string    `json:"failure"`    // what a failure means
}

// CheckKind is what is done to the panel.
type CheckKind string

// The kinds of checks.
const (
	Placebo     CheckKind = "placebo channel"
	CommonCause CheckKind = "random common cause"
	FewerWeeks  CheckKind = "a tenth of the weeks left out"
	Start       CheckKind = "weeks before a start"
)

// Verdict is the outcome of a check.
type Verdict string

// The verdicts.
const (
	Passed        Verdict = "passed"
	Failed        Verdict = "failed"
	NotApplicable Verdict = "not applicable"
)

// An effect that must be 0 may be found up to SmallShare of the prediction, and up to SmallPart of the effect of the channel that
// it is compared with. Effects are mostly kept above 0, so that the estimate of one that is 0 is some 0.8 of its standard error,
// and that of a channel in a few years of weeks is 1 to 3 % of sales. A placebo with a third of a channel's effect shows that a
// third of it may be found where there is nothing.
const (
	SmallShare = 0.02
	SmallPart  = 1.0 / 3
)

// An effect may move by SmallMove of the prediction, which changes no decision, and within its interval; without one, by MoveWithout
// of itself. An interval that comes as near to 0 contains it: where effects are kept above 0, no interval reaches it.
const (
	SmallMove   = 0.005
	MoveWithout = 0.2
)

// none judges the effect of a channel, times scale, that must be 0. It passes, too, if its interval contains 0, or if the model marks
// it as assumed: then it does not say that the data show it.
func (c *Check) none(channel string, in *model.Inference, scale float64) {
	of := effectOn(in, channel)
	c.Found, c.Assumed = of.Share*scale, slices.Contains(in.Assumed, channel)
	c.High = max(SmallShare, SmallPart*c.Original)
	c.Low = -c.High
	c.Verdict = verdict(c.Assumed || c.Found >= c.Low && c.Found <= c.High)
	if of.Low != nil && of.High != nil {
		low, high := *of.Low/in.KPI*scale, *of.High/in.KPI*scale
		c.FoundLow, c.FoundHigh = &low, &high
		if low <= SmallMove && high >= -SmallMove {
			c.Verdict = Passed
		}
	}
}

func verdict(passed bool) Verdict {
	if passed {
		return Passed
	}
	return Failed
}

// unmoved judges whether all effects stay within their bounds, and keeps that which moved most, relative to its bound.
func (c *Check) unmoved(before, after *model.Inference) {
	most := -1.0
	for _, e := range before.Effects {
		if e.Kind != model.Total {
			continue
		}
		found := effectOn(after, e.Channel).Share
		low, high := moveBounds(e, before.KPI)
		moved := (found - e.Share) / (high - e.Share)
		if found < e.Share {
			moved = (e.Share - found) / (e.Share - low)
		}
		if moved > most || moved != moved { // NaN is no effect at all
			most = moved
			c.Channel, c.Original, c.Found, c.Low, c.High = e.Channel, e.Share, found, low, high
		}
	}
	c.Verdict = verdict(c.Found >= c.Low && c.Found <= c.High)
}

// moveBounds are the bounds of the share of an effect that must not move.
func moveBounds(e model.Effect, kpi float64) (low, high float64) {
	reach := max(SmallMove, MoveWithout*max(e.Share, -e.Share))
	low, high = e.Share-reach, e.Share+reach
	if e.Low != nil && e.High != nil {
		low, high = min(*e.Low/kpi, e.Share-SmallMove), max(*e.High/kpi, e.Share+SmallMove)
	}
	return low, high
}

// effectOn is the total effect of a channel.
func effectOn(d *model.Inference, channel string) model.Effect {
	at := slices.IndexFunc(d.Effects, func(e model.Effect) bool { return e.Channel == channel && e.Kind == model.Total })
	return d.Effects[at]
}

// Failed lists the checks that failed.
func (r *Refutation) Failed() []Check { return r.with(Failed) }

func (r *Refutation) with(v Verdict) []Check {
	return slices.DeleteFunc(slices.Clone(r.Checks), func(c Check) bool { return c.Verdict != v })
}

// Rule says what the bounds of the effects that must not move are.
func (r *Refutation) Rule() string {
	if r.Intervals {
		return fmt.Sprintf("Effects that must not move are compared with their intervals of 80 %%, or ± %g %% of the prediction if that is more.", 100*SmallMove)
	}
	return fmt.Sprintf("Effects that must not move are compared with ± %g %% of themselves, or ± %g %% of the prediction if that is more, since the model "+
		"gives no intervals.", 100*MoveWithout, 100*SmallMove)
}

// Count says how the checks ended, and what they took.
func (r *Refutation) Count() string {
	trainings := fmt.Sprintf("%d trainings", r.Trainings)
	if r.Trainings == 1 {
		trainings = "1 training"
	}
	return fmt.Sprintf("%d passed, %d failed, %d not applicable; %s of altered panels", len(r.with(Passed)), len(r.with(Failed)),
		len(r.with(NotApplicable)), trainings)
}

// Lines are the table of the checks, for the terminal.
func (r *Refutation) Lines() []string {
	lines := []string{"checks   " + r.Count(), "  " + r.Rule()}
	for _, c := range r.Checks {
		lines = append(lines, fmt.Sprintf("  %-14s  %-29s  %s", c.Verdict, c.Kind, strings.Join(c.words(), ": ")))
		if c.Verdict == Failed {
			lines = append(lines, fmt.Sprintf("  %14s  %s", "", c.Failure))
		}
	}
	return lines
}

// words are the channel and the figures, or the reason why there are none.
func (c Check) words() []string {
	if c.Verdict == NotApplicable {
		return withoutEmpty(c.Channel, c.Reason)
	}
	percent := func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
	interval := ""
	if c.FoundLow != nil && c.FoundHigh != nil {
		interval = fmt.Sprintf(" (%.1f to %.1f, at 80 %%)", 100**c.FoundLow, 100**c.FoundHigh)
	}
	if c.Assumed {
		interval += ", which the model marks as assumed,"
	}
	switch c.Kind {
	case Placebo, Start:
		return []string{c.Channel, fmt.Sprintf("total %s%s instead of 0, allowed up to %s", percent(c.Found), interval, percent(c.High))}
	}
	return []string{c.Channel, fmt.Sprintf("total %s, before %s, allowed %.1f to %s", percent(c.Found), percent(c.Original), 100*c.Low, percent(c.High))}
}

func withoutEmpty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}
