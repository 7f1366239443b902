package panel

import (
	"math"
	"strings"
)

// questionRegions reports names of regions that are probably one region's, and regions that are probably the sum of all others:
// either is legal, and either makes every figure wrong if it is a mistake.
func (r *Report) questionRegions(p *Panel) {
	spelled := map[string]string{}
	for _, name := range p.Regions {
		plain := strings.ToLower(strings.Join(strings.Fields(name), " "))
		if first, known := spelled[plain]; known {
			r.SpelledTwice = append(r.SpelledTwice, first+" and "+name)
			continue
		}
		spelled[plain] = name
	}
	for region, name := range p.Regions {
		if p.isTotal(region) {
			r.Totals = append(r.Totals, name)
		}
	}
}

// A total is the sum of the others up to rounding in nearly every period. Two regions, one of which sells what the other
// does, are no evidence.
const (
	fewestAddends = 2
	totalRounding = 1e-3
	totalPeriods  = 0.95
)

// isTotal reports whether the target of a region is the sum of all others'.
func (p *Panel) isTotal(region int) bool {
	R, T := len(p.Regions), len(p.Weeks)
	if R < 1+fewestAddends || len(p.Target) == 0 {
		return false
	}
	equal, known := 0, 0
	for t := range T {
		if p.Filled[region*T+t] || p.Target[region*T+t] == 0 {
			continue
		}
		rest := 0.0
		for r := range R {
			if r != region && !p.Filled[r*T+t] {
				rest += p.Target[r*T+t]
			}
		}
		known++
		if math.Abs(rest-p.Target[region*T+t]) <= totalRounding*math.Abs(rest) {
			equal++
		}
	}
	return known > 0 && float64(equal) >= totalPeriods*float64(known)
}
