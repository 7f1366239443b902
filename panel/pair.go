package panel

import (
	"slices"

	"deepcausalmmm/panel/naming"
)

// pairSpend completes SpendOf by name for the channels that are bought, and reports what found no partner.
func (p *Panel) pairSpend() {
	if len(p.SpendNames) == 0 {
		p.SpendOf = nil
		return
	}
	if len(p.SpendOf) == 0 {
		p.SpendOf = slices.Repeat([]int{-1}, len(p.Channels))
	}
	var channels []int
	var names []string
	for m, name := range p.Channels {
		if p.Kind(m) == Paid {
			channels, names = append(channels, m), append(names, name)
		}
	}
	of := slices.Clone(p.SpendOf)
	for k, s := range naming.PairSpend(names, p.SpendNames) {
		if s >= 0 && of[channels[k]] < 0 && !slices.Contains(of, s) {
			of[channels[k]] = s
		}
	}
	for s, name := range p.SpendNames {
		if !slices.Contains(of, s) {
			p.Report.UnpairedSpend = append(p.Report.UnpairedSpend, name)
		}
	}
	if len(p.Report.UnpairedSpend) == len(p.SpendNames) {
		p.SpendOf = nil
		return
	}
	p.SpendOf = of
	for _, m := range channels {
		if of[m] < 0 {
			p.Report.WithoutSpend = append(p.Report.WithoutSpend, p.Channels[m])
		}
	}
}
