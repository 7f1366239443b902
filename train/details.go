package train

import (
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/model"
)

// Details describe the panel of a result: fills, exposure and spend.
type Details struct {
	Report      panel.Report    `json:"report"`
	Regions     []string        `json:"regions"`
	Weeks       []string        `json:"weeks"`
	HoldoutFrom int             `json:"holdout_from"` // the holdout's first week, from 0; without one the number of weeks
	Filled      [][]int         `json:"filled"`       // of each region, the weeks whose target was missing
	Components  []ComponentName `json:"components"`   // in the order of contributions.csv
	Spend       []Spend         `json:"spend"`

	Kinds      []panel.ChannelKind `json:"kinds,omitempty"`      // of the channels, if not all are paid
	Population []float64           `json:"population,omitempty"` // of the regions
	Revenue    []float64           `json:"revenue,omitempty"`    // [R, T]: money per unit of the target
	Notices    []notice.Notice     `json:"notices,omitempty"`    // what the data cannot tell, heaviest first

	Next *NextExperiment `json:"next_experiment,omitempty"` // that would tell most; nil without intervals
}

// ComponentName is an addend of the prediction, without its values.
type ComponentName struct {
	Name string     `json:"name"`
	Kind model.Kind `json:"kind"`
}

// Spend is the money paid, summed over all regions and weeks.
type Spend struct {
	Column  string  `json:"column"`
	Total   float64 `json:"total"`
	Channel string  `json:"channel,omitempty"` // that it pays for, if it is known
}

// describe reads the details from a panel, of which the first weeks trained, and from what a model learned.
func describe(p *panel.Panel, trained int, out model.Outcome) Details {
	d := Details{Report: p.Report, Regions: p.Regions, Weeks: p.Weeks, HoldoutFrom: trained, Spend: []Spend{}, Kinds: p.Kinds, Population: p.Population, Revenue: p.Revenue}
	for _, c := range out.Parts[0].Components {
		d.Components = append(d.Components, ComponentName{c.Name, c.Kind})
	}
	for r := range p.Regions {
		weeks := []int{}
		for w := range p.Weeks {
			if p.Filled[r*len(p.Weeks)+w] {
				weeks = append(weeks, w)
			}
		}
		d.Filled = append(d.Filled, weeks)
	}
	for s, name := range p.SpendNames {
		total := 0.0
		for i := s; i < len(p.Spend); i += len(p.SpendNames) {
			total += p.Spend[i]
		}
		spend := Spend{Column: name, Total: total}
		if m := slices.Index(p.SpendOf, s); m >= 0 {
			spend.Channel = p.Channels[m]
		}
		d.Spend = append(d.Spend, spend)
	}
	d.Next = nextExperiment(p, d.Spend, out.Inference)
	return d
}

// notices are those of the panel's training weeks, heaviest first. Without a graph, none is about its edges.
func (t *Trainer) notices() []notice.Notice {
	found := notice.Of(t.panel, t.spans[0].Span)
	if t.config.HasDAG() {
		return found
	}
	return slices.DeleteFunc(found, func(n notice.Notice) bool { return n.Kind == notice.Alike })
}

// Notices returns what the data cannot tell, as far as it is known before the fit. The result's details have all notices.
func (t *Trainer) Notices() []notice.Notice { return t.found }
