package panel

import (
	"fmt"
	"math"
	"slices"
)

// First returns the panel as it was after its first n weeks: missing targets are filled from those weeks only.
func (p *Panel) First(n int) (*Panel, error) {
	if n < 1 || n > len(p.Weeks) {
		return nil, fmt.Errorf("%sthe first %d of %d weeks", prefix(p.Report.File), n, len(p.Weeks))
	}
	span := Span{0, n}
	earlier := Panel{
		Regions: p.Regions, Weeks: p.Weeks[:n], Channels: p.Channels, Controls: p.Controls, SpendNames: p.SpendNames,
		Resolution: p.Resolution, Holidays: p.Holidays,
		Media: Cut(p, p.Media, len(p.Channels), span), Control: Cut(p, p.Control, len(p.Controls), span),
		Spend: Cut(p, p.Spend, len(p.SpendNames), span),
		Kinds: p.Kinds, Treatments: p.Treatments, SpendOf: p.SpendOf, Population: p.Population, Categories: p.Categories,
	}
	if len(p.Revenue) > 0 {
		earlier.Revenue = Cut(p, p.Revenue, 1, span)
	}
	if len(p.Missing) > 0 {
		earlier.Missing = Cut(p, p.Missing, 1, span)
	}
	if len(p.Closed) > 0 {
		earlier.Closed = Cut(p, p.Closed, 1, span)
	}
	if len(p.Target) > 0 {
		known := slices.Clone(p.Target)
		for i, filled := range p.Filled {
			if filled {
				known[i] = math.NaN()
			}
		}
		earlier.Target = Cut(p, known, 1, span)
	}
	out, err := New(earlier)
	if err != nil {
		return nil, err
	}
	out.Report.File, out.Report.TargetName = p.Report.File, p.Report.TargetName
	return out, nil
}
