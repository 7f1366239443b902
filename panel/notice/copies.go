package notice

import (
	"fmt"
	"math"
	"slices"
)

// maxInflation is the variance inflation factor from which channels cannot be told apart (Kutner et al. 2005, sec. 10.5; Belsley,
// Kuh and Welsch 1980 on what it means): the variance of a channel's effect is this many times what it would be if the other
// channels did not move with it. At 10 they explain 90 % of its variation.
const maxInflation = 10

// copies names the channels whose variation within regions the other channels explain, each with the one it follows most.
func (s *sample) copies() []Notice {
	columns := s.exposures()
	m := moments(columns)
	if m == nil {
		return nil
	}
	moving := s.moving()
	var found []copied
	for _, j := range moving {
		others := slices.DeleteFunc(slices.Clone(moving), func(i int) bool { return i == j })
		if left := s.unexplained(m, j, others); left <= 1.0/maxInflation {
			nearest := slices.MaxFunc(others, func(a, b int) int { return compareSize(correlation(m, j, a), correlation(m, j, b)) })
			found = append(found, copied{j, nearest, correlation(m, j, nearest), left})
		}
	}
	var names []string
	for _, c := range found {
		names = append(names, s.Channels[c.channel])
	}
	return of(Copies, names, "move together and cannot be told apart: %s; only their sum is learned, and the prior divides it",
		listed(inPairs(found, s.Channels)))
}

// copied is a channel that others explain.
type copied struct {
	channel, nearest  int // and the other that it correlates most with
	correlation, left float64
}

// inPairs describes channels, those that are each other's nearest as one pair.
func inPairs(found []copied, names []string) []string {
	var shown []string
	for k, c := range found {
		mutual := func(o copied) bool { return o.channel == c.nearest && o.nearest == c.channel }
		switch {
		case slices.ContainsFunc(found[:k], mutual):
		case slices.ContainsFunc(found[k:], mutual):
			shown = append(shown, fmt.Sprintf("%s and %s (correlation %.2f, VIF %s)", names[c.channel], names[c.nearest], c.correlation,
				inflation(c.left)))
		default:
			shown = append(shown, fmt.Sprintf("%s (correlation %.2f with %s, VIF %s)", names[c.channel], c.correlation, names[c.nearest],
				inflation(c.left)))
		}
	}
	return shown
}

// inflation is the variance inflation factor of a channel of whose variance others leave a share.
func inflation(left float64) string {
	if left < 1e-4 {
		return "above 10,000"
	}
	return fmt.Sprintf("%.0f", 1/left)
}

// moving lists the channels that vary within regions.
func (s *sample) moving() []int {
	var at []int
	for m, still := range s.still {
		if !still {
			at = append(at, m)
		}
	}
	return at
}

func compareSize(a, b float64) int {
	switch a, b := math.Abs(a), math.Abs(b); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
