package train

import (
	"fmt"
	"math"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// NextExperiment is the test that would tell most: of the channel with the largest spend times the width of its total effect's
// interval, relative to the effect. Without any spend, the effect takes its place, so that the widest interval counts.
type NextExperiment struct {
	Channel string  `json:"channel"`
	Low     float64 `json:"low"` // of the total effect, as shares of the prediction
	High    float64 `json:"high"`
	Spend   float64 `json:"spend,omitempty"` // the channel's share of all spend; 0 without any
	Text    string  `json:"text"`            // the same as a sentence, and how to test it
}

// nextExperiment returns nil without intervals, or if no channel can be set.
func nextExperiment(p *panel.Panel, spend []Spend, i *model.Inference) *NextExperiment {
	if i == nil {
		return nil
	}
	paid, all := map[string]float64{}, 0.0
	for _, s := range spend {
		if s.Channel != "" {
			paid[s.Channel], all = paid[s.Channel]+s.Total, all+s.Total
		}
	}
	var best *NextExperiment
	most := 0.0
	for _, e := range i.Effects {
		if e.Kind != model.Total || e.Low == nil || e.High == nil || !settable(p, e.Channel) {
			continue
		}
		bound := max(math.Abs(*e.Low), math.Abs(*e.High))
		width := *e.High - *e.Low
		worth := width
		if all > 0 {
			worth = paid[e.Channel] / all * width / bound
		}
		if worth > most {
			most = worth
			best = &NextExperiment{Channel: e.Channel, Low: *e.Low / i.KPI, High: *e.High / i.KPI}
			if all > 0 {
				best.Spend = paid[e.Channel] / all
			}
		}
	}
	if best != nil {
		best.Text = best.sentence(p)
	}
	return best
}

// settable reports whether a channel is bought or sent, not a mediator.
func settable(p *panel.Panel, channel string) bool {
	for c, name := range p.Channels {
		if name == channel {
			return p.Kind(c) != panel.Mediator
		}
	}
	return false
}

// testWeeks is the length of the test that is suggested, in weeks: longer than most carry-over, shorter than a season.
const testWeeks = 8

func (n *NextExperiment) sentence(p *panel.Panel) string {
	why := fmt.Sprintf("its total effect is somewhere from %.1f to %.1f %% of the prediction", 100*n.Low, 100*n.High)
	if n.Spend > 0 {
		why += fmt.Sprintf(", and it has %.0f %% of the spend", 100*n.Spend)
	}
	long := p.Resolution.Rows(testWeeks)
	length := fmt.Sprintf("%d %s", long, p.Resolution.Noun(long))
	how := fmt.Sprintf("switch it off, or halve it, in about a third of the %d regions, drawn at random, for at least %s, and compare with the others",
		len(p.Regions), length)
	if len(p.Regions) < fewRegions {
		how = fmt.Sprintf("switch it off, or halve it, for %s and back, several times, beginning on dates drawn at random, or in regions if it can be "+
			"bought by region", length)
	}
	return fmt.Sprintf("An experiment with %s would tell most: %s. To test it, %s; then enter the lift under experiments.", n.Channel, why, how)
}

// fewRegions is the number of regions below which a test has too few to compare with.
const fewRegions = 6
