package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// The checks' sizes, in weeks whatever the panel's resolution.
const (
	checked         = 3   // placebos, and starts: of the channels with the largest total effects
	placeboBlock    = 8   // length of the blocks that a placebo is shuffled in: longer than most carry-over, shorter than a season
	fewestBlocks    = 5   // of a placebo; short panels have shorter blocks
	commonCauseStay = 0.8 // autocorrelation of a random common cause: as weather and prices, it remains for weeks
	leftOut         = 0.1 // part of the training weeks that are left out,
	leftOutBlock    = 4   // in blocks of this length
	weeksBefore     = 13  // without exposure, after which a channel counts as one that starts
	weeksAfter      = 8   // of a channel that starts
	checkDraws      = 100 // from the posterior, for the intervals of placebos and starts, if the result has as many
)

// CanRefute tells whether Refute can check the training's result: if the model reports effects.
func (t *Trainer) CanRefute() error {
	if _, ok := t.training.(model.Explainer); !ok {
		return fmt.Errorf("model: %s reports no effects that could be refuted (set preset: %s)", t.config.Model, RecommendedPreset)
	}
	return nil
}

// Refute tries to refute a result, which must be fresh from Run: it trains the same configuration on altered panels, with what the
// training has selected, and compares total effects.
//
//   - A placebo of each of the three largest channels, a copy of its exposure in which blocks of weeks are shuffled, is added as a
//     channel: its effect must be about 0.
//   - A random common cause, noise that remains from week to week, is added as a control: no effect may move beyond its interval.
//   - The targets of a tenth of the training weeks are left out, in blocks: no effect may move beyond its interval.
//   - Each channel, of at most three, that starts within the panel is moved to an earlier start, in the weeks before the true one: its effect must be about 0.
//
// Placebos and starts get intervals of fewer draws from the posterior than the result. The same result gives the same checks. A cancelled ctx ends
// them with an error that wraps a *model.Interrupted.
func Refute(ctx context.Context, r *Result, logf func(string, ...any)) (*Refutation, error) {
	if r.Inference == nil || r.Panel == nil {
		return nil, fmt.Errorf("the result has no effects that could be refuted, or no panel")
	}
	out := &Refutation{Intervals: true}
	for _, e := range r.Inference.Effects {
		out.Intervals = out.Intervals && (e.Kind != model.Total || e.Low != nil && e.High != nil)
	}
	all := attempts(r)
	logf("checks   %d trainings of altered panels", trainings(all))
	for _, a := range all {
		if a.alter != nil {
			out.Trainings++
			logf("check %d of %d: %s", out.Trainings, trainings(all), a.What)
		}
		if err := a.run(ctx, r); err != nil {
			return nil, fmt.Errorf("check %d: %w", out.Trainings, err)
		}
		out.Checks = append(out.Checks, a.Check)
	}
	return out, nil
}

// attempt is a check that is to be made.
type attempt struct {
	Check
	alter   func() (Config, *panel.Panel, error) // nil: it is not applicable
	sampled bool                                 // its effect is judged with its interval
	judge   func(*Check, *model.Inference)
}

func trainings(all []attempt) (n int) {
	for _, a := range all {
		if a.alter != nil {
			n++
		}
	}
	return n
}

// run trains and judges. A panel that cannot be altered or trained is not applicable.
func (a *attempt) run(ctx context.Context, r *Result) error {
	if a.alter == nil {
		a.Verdict = NotApplicable
		return nil
	}
	found, err := a.train(ctx, r)
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		a.Verdict, a.Reason = NotApplicable, "the altered panel cannot be trained: "+err.Error()
	default:
		a.judge(&a.Check, found)
	}
	return nil
}

func (a *attempt) train(ctx context.Context, r *Result) (*model.Inference, error) {
	c, p, err := a.alter()
	if err != nil {
		return nil, err
	}
	t, err := New(c, p, model.Observer{})
	if err != nil {
		return nil, err
	}
	if s, ok := t.training.(model.Sampler); ok {
		if a.sampled {
			s.Sample(min(checkDraws, r.Inference.Ensemble))
		} else {
			s.Sample(1)
		}
	}
	out, err := t.training.Run(ctx)
	switch {
	case err != nil:
		return nil, err
	case out.Inference == nil:
		return nil, errors.New("it has no effects")
	}
	return out.Inference, nil
}

// settled is the result's configuration with what its training has selected, for part times as many weeks.
func (r *Result) settled(part float64) Config {
	c := r.Config.clone()
	if m, ok := modelOf(c.Model).(model.Settler); ok {
		c.Settings = m.Settled(c.Settings, &r.Outcome, part)
	}
	return c
}

// attempts lists the checks of a result in the order of the table.
func attempts(r *Result) []attempt {
	channels := r.descending()
	var all []attempt
	for _, m := range channels[:min(checked, len(channels))] {
		all = append(all, placebo(r, m))
	}
	all = append(all, commonCause(r), fewerWeeks(r))
	starts := 0
	for _, m := range channels {
		if at := r.Panel.Start(m); starts < checked && starting(r.Panel, at) {
			all = append(all, earlyStart(r, m, at))
			starts++
		}
	}
	if starts == 0 {
		every := r.Panel.Resolution
		before, after := every.Rows(weeksBefore), every.Rows(weeksAfter)
		all = append(all, attempt{Check: Check{Kind: Start, What: "no panel was altered", Failure: startFailure("a channel"), Reason: fmt.Sprintf(
			"no channel starts inside the panel, with %d %s before and %d %s after", before, every.RowNoun(before), after, every.RowNoun(after))}})
	}
	return all
}

// descending lists the channels in descending order of their total effects.
func (r *Result) descending() []int {
	channels := make([]int, len(r.Panel.Channels))
	for m := range channels {
		channels[m] = m
	}
	slices.SortStableFunc(channels, func(a, b int) int { return cmp.Compare(r.total(b).Value, r.total(a).Value) })
	return channels
}

func (r *Result) total(m int) model.Effect { return effectOn(r.Inference, r.Panel.Channels[m]) }

// draws is the random generator of a check, which no other check shares.
func (r *Result) draws(kind CheckKind, channel string) *rand.Rand {
	return rand.New(rand.NewPCG(r.Config.RandomSeed, seedOf(string(kind)+"\n"+channel)))
}

// seedOf is the FNV-1a hash of a text.
func seedOf(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

func placebo(r *Result, m int) attempt {
	p, channel := r.Panel, r.Panel.Channels[m]
	rows := placeboRows(p)
	a := attempt{sampled: true, Check: Check{
		Kind: Placebo, Channel: channel, Original: r.total(m).Share,
		What: fmt.Sprintf("a copy of %s, in which blocks of %d %s are shuffled, is added as a channel", channel, rows, p.Resolution.RowNoun(rows)),
		Failure: fmt.Sprintf("The model finds sales of a channel that cannot have caused any, so a part of what %s gets may be chance, the season or "+
			"the prior.", channel),
	}}
	name := unused("placebo of "+channel, p)
	a.alter = func() (Config, *panel.Panel, error) {
		order := panel.ShuffledBlocks(len(p.Weeks), rows, r.draws(Placebo, channel))
		return r.settled(1), p.WithChannel(name, p.Kind(m), p.Reordered(p.ExposureOf(m), order)), nil
	}
	a.judge = func(c *Check, found *model.Inference) { c.none(name, found, 1) }
	return a
}

// placeboRows is the length of a placebo's blocks.
func placeboRows(p *panel.Panel) int {
	return max(1, min(p.Resolution.Rows(placeboBlock), len(p.Weeks)/fewestBlocks))
}

func commonCause(r *Result) attempt {
	p := r.Panel
	name := unused("random common cause", p)
	return attempt{
		Check: Check{
			Kind: CommonCause, What: fmt.Sprintf("noise that remains from %s to %[1]s is added as a control", p.Resolution.Noun(1)),
			Failure: "A control that has nothing to do with sales moves the channel's effect, so the data do not tell the effect from what else moves slowly.",
		},
		alter: func() (Config, *panel.Panel, error) {
			return r.settled(1), p.WithControl(name, p.Noise(commonCauseStay, r.draws(CommonCause, ""))), nil
		},
		judge: func(c *Check, found *model.Inference) { c.unmoved(r.Inference, found) },
	}
}

func fewerWeeks(r *Result) attempt {
	p, trained := r.Panel, r.Parts[0].Span
	n := int(leftOut * float64(trained.Len()))
	block := max(1, min(p.Resolution.Rows(leftOutBlock), n))
	weeks := panel.BlocksOf(trained.Len(), n, block, r.draws(FewerWeeks, ""))
	return attempt{
		Check: Check{
			Kind: FewerWeeks, What: fmt.Sprintf("the targets of %d of the %d %s fitted to are left out, in blocks of %d", len(weeks), trained.Len(),
				p.Resolution.RowNoun(2), block),
			Failure: fmt.Sprintf("The channel's effect rests on a tenth of the %s, in which there may be a promotion or an error in the data.", p.Resolution.RowNoun(2)),
		},
		alter: func() (Config, *panel.Panel, error) {
			altered, err := p.WithoutTargets(weeks)
			return r.settled(1), altered, err
		},
		judge: func(c *Check, found *model.Inference) { c.unmoved(r.Inference, found) },
	}
}

// starting reports whether a channel that is first on in a week counts as one that starts in the panel.
func starting(p *panel.Panel, at int) bool {
	return at >= p.Resolution.Rows(weeksBefore) && len(p.Weeks)-at >= p.Resolution.Rows(weeksAfter)
}

func startFailure(channel string) string {
	return fmt.Sprintf("The model finds sales of %s before it was there, so what else changed then, such as the trend, may be taken for its effect.", channel)
}

// earlyStart moves a channel's start, in week at, to the middle of the weeks before, or later if the channel has not been on for as long. The
// channel itself remains, and is never on.
func earlyStart(r *Result, m, at int) attempt {
	p, channel := r.Panel, r.Panel.Channels[m]
	T, on := len(p.Weeks), min(at/2, len(p.Weeks)-at)
	a := attempt{sampled: true, Check: Check{
		Kind: Start, Channel: channel, Original: r.total(m).Share * float64(T) / float64(T-at),
		What: fmt.Sprintf("%s starts in %s instead of %s, and the %s from the true start on are left out", channel, p.Weeks[at-on], p.Weeks[at],
			p.Resolution.RowNoun(2)),
		Failure: startFailure(channel),
	}}
	name := unused("early start of "+channel, p)
	a.alter = func() (Config, *panel.Panel, error) {
		before, err := p.First(at)
		if err != nil {
			return r.Config, nil, err
		}
		c := r.settled(float64(at) / float64(r.Parts[0].Span.Len()))
		c.HoldoutRatio = 0
		exposure, early := p.ExposureOf(m), make([]float64, len(p.Regions)*at)
		for region := range p.Regions {
			copy(early[(region+1)*at-on:(region+1)*at], exposure[region*T+at:])
		}
		return c, before.WithChannel(name, p.Kind(m), early), nil
	}
	a.judge = func(c *Check, found *model.Inference) {
		c.none(name, found, float64(at)/float64(on))
	}
	return a
}

// unused is a name that no column of a panel has.
func unused(name string, p *panel.Panel) string {
	for slices.Contains(p.Channels, name) || slices.Contains(p.Controls, name) {
		name += "'"
	}
	return name
}
