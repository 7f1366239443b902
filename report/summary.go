package report

import (
	"fmt"
	"strings"

	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// summary is the section that says the result in words.
type summary struct {
	Verdict   string // whether to trust the model, in one line
	Good      bool
	Returns   *bars // nil without a spend
	Sentences []string
	Warnings  []string
}

func (d *drawing) summary() summary {
	var s summary
	s.Verdict, s.Good = d.verdict()
	if s.Returns = d.topReturns(); s.Returns != nil {
		s.Sentences = d.returnsInWords()
	}
	s.Sentences = append(s.Sentences, d.fitInWords(), d.channelsInWords())
	if d.Graph.Pruned != nil {
		s.Sentences = append(s.Sentences, d.edgesInWords())
	}
	s.Warnings = d.warnings()
	return s
}

func (d *drawing) verdict() (string, bool) {
	switch skill := d.Metrics.Skill; {
	case d.Metrics.Holdout == nil:
		return "Nothing was held out, so nothing here shows whether the model forecasts well. " +
			"Do not trust its shares before it has.", false
	case skill == nil:
		return "The model could not be compared with a naive forecast. Do not trust its shares.", false
	case *skill <= 0:
		return "The model is no better than the best naive forecast. " +
			"Do not trust the shares and curves below for decisions.", false
	}
	return fmt.Sprintf("The model's forecasts are off by %s less than those of the best naive forecast.",
		percent(*d.Metrics.Skill)), true
}

func (d *drawing) fitInWords() string {
	if d.Metrics.Holdout == nil {
		return fmt.Sprintf("On the %s that it was fitted to, the model is off by %s of %s (wMAPE), on average.",
			d.Details.Report.Resolution.Noun(2), percent(d.Metrics.Train.WMAPE), d.target())
	}
	text := fmt.Sprintf("Over the last %s, which it had not seen, the model is off by %s of %s (wMAPE)",
		d.rows(d.held()), percent(d.Metrics.Holdout.WMAPE), d.target())
	name, best := d.bestBaseline()
	if best != nil {
		text += fmt.Sprintf("; the best naive forecast, %s, by %s", name, percent(best.WMAPE))
	}
	return text + fmt.Sprintf(". On the %s that it was fitted to it is off by %s.", d.Details.Report.Resolution.Noun(2), percent(d.Metrics.Train.WMAPE))
}

// baseline is a naive forecast.
type baseline struct {
	name, label string
	figures     *train.Figures
}

func (d *drawing) baselines() []baseline {
	b := d.Metrics.Baselines
	if b == nil {
		return nil
	}
	recent := d.rows(train.Recent(d.Details.Report.Resolution))
	return []baseline{
		{"the region's mean", "region's mean", b.RegionMean},
		{"the last known value", "last value", b.LastValue},
		{"the mean of the last " + recent, "mean of " + recent, b.Last8Mean},
		{"the same " + d.noun() + " last year", "last year", b.LastYear},
	}
}

func (d *drawing) bestBaseline() (name string, best *train.Figures) {
	for _, b := range d.baselines() {
		if b.figures != nil && (best == nil || b.figures.WMAPE < best.WMAPE) {
			name, best = b.name, b.figures
		}
	}
	return name, best
}

// namedInSummary is the number of channels and of edges that the summary names.
const namedInSummary = 3

func (d *drawing) channelsInWords() string {
	ranked := d.ranked()
	var named []string
	for _, i := range ranked[:min(namedInSummary, len(ranked))] {
		named = append(named,
			fmt.Sprintf("%s (%s of the prediction, %s)", d.long[i], percent(d.shares[i]), quantity(d.totals[i])))
	}
	media, base := 0.0, 0.0
	for i, c := range d.Details.Components {
		switch c.Kind.Group() {
		case model.Media:
			media += d.shares[i]
		case model.Baseline:
			base += d.shares[i]
		}
	}
	if len(named) == 1 {
		return fmt.Sprintf("The model attributes to its one channel, %s; the baseline has %s.", named[0], percent(base))
	}
	return fmt.Sprintf("The channels that contribute most, as the model sees it: %s. All channels together have %s, "+
		"the baseline has %s.",
		strings.Join(named, ", "), percent(media), percent(base))
}

func (d *drawing) edgesInWords() string {
	edges := d.Graph.Pruned.Edges()
	if len(edges) == 0 {
		return fmt.Sprintf("No channel is seen to drive another: no edge is stronger than %g.", d.Config.NotearsThreshold)
	}
	media := d.ofKind(model.Media)
	var named []string
	for _, e := range edges[:min(namedInSummary, len(edges))] {
		named = append(named, fmt.Sprintf("%s → %s (%s)", d.long[media[e.From]], d.long[media[e.To]], fixed(e.Weight, 2)))
	}
	return fmt.Sprintf("The strongest of %s between channels: %s. Edges are hypotheses to be tested, by experiments for "+
		"instance, not findings.", plural(len(edges), "edge"), strings.Join(named, ", "))
}
