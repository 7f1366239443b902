package structural

import (
	"fmt"
	"slices"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Settings are the keys that the structural model has beside those that every model has.
type Settings struct {
	MediaScaling        MediaScaling   `yaml:"media_scaling" default:"relative" choices:"relative, share" doc:"exposure is relative to the region's mean of the channel (relative) or of all its channels (share)"`
	DAGLags             int            `yaml:"dag_lags" default:"2" range:"[1, 26]" doc:"rows, such as weeks or months, by which channels may move each other later"`
	DAGMethod           string         `yaml:"dag_method" default:"auto" choices:"auto, exact, notears, dagma, eqvar" doc:"how the graph is learned (docs/discovery.md); auto: exact for up to 12 channels, notears beyond"`
	DAGKnowledge        string         `yaml:"dag_knowledge,omitempty" file:"true" doc:"a YAML file of prior knowledge about the graph: forbidden and required edges, tiers (docs/discovery.md)"`
	MediaContributionSD float64        `yaml:"media_contribution_sd" default:"0.1" range:"(0, 1e6]" doc:"standard deviation of media_contribution_prior"`
	ChannelPriors       []ChannelPrior `yaml:"channel_priors,omitempty" doc:"shares or returns over all weeks that are known from elsewhere: a list of {channel: tv, share: 0.05, sd: 0.01} or {channel: tv, roi: 1.5, sd: 0.3, spend: tv_cost}; spend may be left out if the channel has one"`
	Experiments         []Experiment   `yaml:"experiments,omitempty" doc:"lift tests (docs/experiments.md): a list of {channels: [tv], regions: [north], from: 2024-01-01, to: 2024-02-26, off: true, lift: -1234.5, se: 400}"`
	ChooseShape         bool           `yaml:"choose_shape" default:"true" doc:"average over shapes, weighted by forecasts from earlier weeks; false: the default shape alone, without averaging"`
	Shape               PinnedShape    `yaml:"shape,omitempty" doc:"values set here are fixed in every shape of the average; the rest differ between shapes"`

	// Given is the average, if a training has found it already; nil: it is searched for. It is set by Settled and not part of a file.
	Given []*Candidate `yaml:"-"`

	// Design exchanges parts of the model; the zero value is the model's own. It is set from Go and not part of a file.
	Design Design `yaml:"-"`
}

// ChannelPrior is the result of an experiment on a channel over the training weeks: its direct share of the target, or what
// each unit of spend brought of the target.
type ChannelPrior struct {
	Channel string   `yaml:"channel" json:"channel"`
	Share   *float64 `yaml:"share,omitempty" json:"share,omitempty"`
	ROI     *float64 `yaml:"roi,omitempty" json:"roi,omitempty"`
	Spend   string   `yaml:"spend,omitempty" json:"spend,omitempty"` // the column of data.spend that an ROI refers to; "": the channel's
	SD      float64  `yaml:"sd" json:"sd"`                           // its standard deviation, in the same unit
}

// PinnedShape are the parts of the model's shape that are fixed; see Shape.
type PinnedShape struct {
	Knots        *int     `yaml:"knots,omitempty" range:"[1, 1000]" doc:"knots of the national trend over the training weeks"`
	Trend        *float64 `yaml:"trend,omitempty" range:"(0, 100]" doc:"standard deviation of the change of the national trend in 39 weeks"`
	RegionTrend  *float64 `yaml:"region_trend,omitempty" range:"(0, 100]" doc:"standard deviation of a region's own step from knot to knot"`
	Harmonics    *int     `yaml:"harmonics,omitempty" range:"[0, 26]" doc:"harmonics of the yearly season; 0: none"`
	Weekdays     *bool    `yaml:"weekdays,omitempty" doc:"a weekly season, of a panel of days"`
	Holidays     *float64 `yaml:"holidays,omitempty" range:"[0, 100]" doc:"scale of the effects of holidays, whose prior has heavy tails; 0: none"`
	Control      *float64 `yaml:"control,omitempty" range:"[0, 100]" doc:"scale of a control's effect, whose prior has heavy tails; 0: none"`
	Media        *float64 `yaml:"media,omitempty" range:"(0, 1000]" doc:"what all channels together are expected to add in an average week, in multiples of the level"`
	RegionEffect *float64 `yaml:"region_effect,omitempty" range:"[0, 100]" doc:"standard deviation of the regions' log effects; 0: all regions are alike"`
	Units        *int     `yaml:"units,omitempty" range:"[0, 512]" doc:"units of the GRU that makes coefficients vary; 0: none"`

	CarryOver  *CarryOver  `yaml:"carry_over,omitempty" choices:"geometric, delayed, weibull, none" doc:"how effects last: falling at a constant rate (geometric), with a peak some weeks later (delayed), either (weibull)"`
	Saturation *Saturation `yaml:"saturation,omitempty" choices:"hill, s_curve, exponential, power, linear" doc:"how returns diminish: mostly from the start on (hill), after a threshold (s_curve), towards a ceiling (exponential), without one (power), not at all (linear); exposure above 10 average weeks counts as 10 in power and linear"`
	Signed     *bool       `yaml:"signed,omitempty" doc:"a channel may take sales away; false: every effect is above 0"`
	Shifts     *Shifts     `yaml:"-"` // rows in which the level shifts; only of a shape that was chosen, see Settled
}

// pin fixes the given parts of a shape.
func (p PinnedShape) pin(s *Shape) {
	set(&s.Knots, p.Knots)
	set(&s.Trend, p.Trend)
	set(&s.RegionTrend, p.RegionTrend)
	set(&s.Harmonics, p.Harmonics)
	set(&s.Weekdays, p.Weekdays)
	set(&s.Holidays, p.Holidays)
	set(&s.Control, p.Control)
	set(&s.Media, p.Media)
	set(&s.RegionEffect, p.RegionEffect)
	set(&s.Units, p.Units)
	set(&s.CarryOver, p.CarryOver)
	set(&s.Saturation, p.Saturation)
	set(&s.Signed, p.Signed)
	set(&s.Shifts, p.Shifts)
}

// beyond refuses parts of a shape that the panel's resolution does not have.
func (p PinnedShape) beyond(of *panel.Panel) error {
	every := of.Resolution
	fail := func(key, form string, args ...any) error {
		return &settings.Error{Source: "configuration", Key: "shape." + key, Problem: fmt.Sprintf(form, args...)}
	}
	switch {
	case p.Harmonics != nil && *p.Harmonics > every.Harmonics():
		return fail("harmonics", "%d is more than a season of %s can have, %d", *p.Harmonics, every.Noun(2), every.Harmonics())
	case p.Weekdays != nil && *p.Weekdays && !every.HasWeekdays():
		return fail("weekdays", "true needs a panel of days, and its rows are %s", every.Noun(2))
	case p.Holidays != nil && *p.Holidays > 0 && of.Holidays == nil:
		return fail("holidays", "%g needs data.holidays, which names no holidays", *p.Holidays)
	}
	return nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// pinned is a shape as one that is fixed in all its parts.
func pinned(s *Shape) PinnedShape {
	return PinnedShape{
		&s.Knots, &s.Trend, &s.RegionTrend, &s.Harmonics, &s.Weekdays, &s.Holidays, &s.Control, &s.Media, &s.RegionEffect, &s.Units,
		&s.CarryOver, &s.Saturation, &s.Signed, &s.Shifts,
	}
}

var _ settings.Checker = (*Settings)(nil)

// Check states what a prior of a channel and an experiment must have.
func (s *Settings) Check() (key, problem string) {
	for _, prior := range s.ChannelPriors {
		if problem := prior.problem(); problem != "" {
			return "channel_priors", problem
		}
	}
	for i, e := range s.Experiments {
		if key, problem := e.problem(); key != "" {
			return experimentKey(i, key), problem
		}
	}
	return "", ""
}

func (p ChannelPrior) problem() string {
	switch {
	case p.Channel == "":
		return "a prior names no channel: write {channel: tv, share: 0.05, sd: 0.01}"
	case (p.Share == nil) == (p.ROI == nil):
		return fmt.Sprintf("the prior of %q needs a share or an roi, and not both", p.Channel)
	case !(p.SD > 0) || p.SD > 1e30:
		return fmt.Sprintf("the prior of %q needs an sd above 0, its standard deviation: how sure the study was", p.Channel)
	}
	return ""
}

// method is the learner for a number of channels.
func (s *Settings) method(channels int) learn.Method {
	if s.DAGMethod != "auto" {
		return learn.Method(s.DAGMethod)
	}
	if channels > learn.MaxExact {
		return learn.NOTEARS
	}
	return learn.Exact
}

// priors turns shares and returns into priors of shares of the target over the training weeks.
func (s *Settings) priors(all model.Shared, p *panel.Panel, train panel.Span) ([]SharePrior, error) {
	var priors []SharePrior
	if all.MediaContributionPrior > 0 {
		priors = append(priors, SharePrior{Channel: AllMedia, Share: all.MediaContributionPrior, SD: s.MediaContributionSD})
	}
	fail := func(form string, args ...any) error {
		return &settings.Error{Source: "configuration", Key: "channel_priors", Problem: fmt.Sprintf(form, args...)}
	}
	for _, known := range s.ChannelPriors {
		channel := slices.Index(p.Channels, known.Channel)
		if channel < 0 {
			return nil, fail("no channel is called %q (there are %q)", known.Channel, p.Channels)
		}
		prior := SharePrior{Channel: channel, SD: known.SD}
		if known.Share != nil {
			prior.Share = *known.Share
		} else {
			spend, paired := p.SpendColumn(channel)
			if known.Spend != "" {
				spend = slices.Index(p.SpendNames, known.Spend)
			} else if !paired {
				return nil, fail("the prior of %q is an roi: name its column of data.spend as spend, here or under data.channels", known.Channel)
			}
			if spend < 0 {
				return nil, fail("data.spend has no column %q for the roi of %q", known.Spend, known.Channel)
			}
			perUnit := sum(p.Spend, len(p.SpendNames), spend, len(p.Weeks), train) / sum(p.Target, 1, 0, len(p.Weeks), train)
			if !(perUnit > 0) {
				return nil, fail("nothing was spent in %q over the training weeks, or nothing sold: an roi says nothing", p.SpendNames[spend])
			}
			prior.Share, prior.SD = *known.ROI*perUnit, known.SD*perUnit
		}
		priors = append(priors, prior)
	}
	return priors, nil
}

// sum adds up a column of x [R, weeks, columns] over a span.
func sum(x []float64, columns, column, weeks int, span panel.Span) float64 {
	total := 0.0
	for i := column; i < len(x); i += columns {
		if week := i / columns % weeks; week >= span.From && week < span.To {
			total += x[i]
		}
	}
	return total
}

// knowledge reads the constraints on the graph: from the knowledge file; from the kinds of channels, since a mediator moves no
// channel that is planned unless the file requires it; and from the order of the columns, mediators last, if the mode is
// triangular.
func (s *Settings) knowledge(mode dag.Mode, p *panel.Panel) (*dag.Constraints, error) {
	channels := p.Channels
	known := dag.NewConstraints(len(channels))
	if s.DAGKnowledge != "" {
		k, err := format.OpenKnowledge(s.DAGKnowledge)
		if err != nil {
			return nil, err
		}
		if known, err = k.Constraints(channels); err != nil {
			return nil, err
		}
	}
	var planned, mediators []int
	for c := range channels {
		if p.Kind(c) == panel.Mediator {
			mediators = append(mediators, c)
		} else {
			planned = append(planned, c)
		}
	}
	for _, from := range mediators {
		for _, to := range planned {
			if !known.Required(from, to) {
				known.Forbid(from, to)
			}
		}
	}
	if mode == dag.NOTEARS {
		return known, nil
	}
	order := slices.Concat(planned, mediators)
	for i, to := range order {
		for _, from := range order[i+1:] {
			if known.Required(from, to) {
				return nil, &settings.Error{Source: s.DAGKnowledge, Key: "required", Problem: fmt.Sprintf("the edge %s → %s runs from a later "+
					"column to an earlier one, which dag_mode: triangular rules out (set dag_mode: notears)", channels[from], channels[to])}
			}
			known.Forbid(from, to)
		}
	}
	return known, nil
}
