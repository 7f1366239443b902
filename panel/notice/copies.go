package notice

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/dag"
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
	var names, shown []string
	for _, j := range moving {
		others := slices.DeleteFunc(slices.Clone(moving), func(i int) bool { return i == j })
		left := s.unexplained(m, j, others)
		if left > 1.0/maxInflation {
			continue
		}
		names = append(names, s.Channels[j])
		shown = append(shown, partnered(m, s.Channels, j, others, left))
	}
	return of(Copies, names, "move together and cannot be told apart: %s; only their sum is learned, and the prior divides it",
		listed(shown))
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

// partnered describes a channel with its variance inflation factor and its nearest other.
func partnered(m *dag.Moments, names []string, j int, others []int, left float64) string {
	nearest := slices.MaxFunc(others, func(a, b int) int {
		return compareSize(correlation(m, j, a), correlation(m, j, b))
	})
	inflation := "above 10,000"
	if left > 1e-4 {
		inflation = fmt.Sprintf("%.0f", 1/left)
	}
	return fmt.Sprintf("%s (correlation %.2f with %s, VIF %s)", names[j], correlation(m, j, nearest), names[nearest], inflation)
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

// nearCopy is the correlation from which two columns of a table carry the same information: a graph from which one of them is
// missing would have its edges at the other.
const nearCopy = 0.995
