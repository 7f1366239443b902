package panel

import (
	"fmt"
	"math"
	"slices"
)

// First is the panel as it was after its first n weeks: targets that were missing are filled from those weeks alone.
func (p *Panel) First(n int) (*Panel, error) {
	if n < 1 || n > len(p.Weeks) {
		return nil, fmt.Errorf("%sthe first %d of %d weeks", prefix(p.Report.File), n, len(p.Weeks))
	}
	span := Span{0, n}
	earlier := Panel{
		Regions: p.Regions, Weeks: p.Weeks[:n], Channels: p.Channels, Controls: p.Controls, SpendNames: p.SpendNames,
		Media: p.cut(p.Media, len(p.Channels), span), Control: p.cut(p.Control, len(p.Controls), span),
		Spend: p.cut(p.Spend, len(p.SpendNames), span),
	}
	if len(p.Target) > 0 {
		known := slices.Clone(p.Target)
		for i, filled := range p.Filled {
			if filled {
				known[i] = math.NaN()
			}
		}
		earlier.Target = p.cut(known, 1, span)
	}
	out, err := New(earlier)
	if err != nil {
		return nil, err
	}
	out.Report.File, out.Report.TargetName = p.Report.File, p.Report.TargetName
	return out, nil
}
