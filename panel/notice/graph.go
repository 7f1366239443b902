package notice

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
)

// nearCopy is the correlation from which two columns carry the same information: an edge of one may be the other's.
const nearCopy = 0.995

// OfGraph returns the notices of a panel from whose exposures only a graph is learned, over all weeks. Channels that others explain
// are what a graph describes, so that only copies are noticed. keepWeeks says that what regions have in common is data.
func OfGraph(p *panel.Panel, keepWeeks bool) []Notice {
	s := newSample(p, panel.Span{From: 0, To: len(p.Weeks)})
	found := slices.Concat(s.flat(), s.neverOn(), s.nearCopies(), s.outlyingCells())
	alike := s.alike()
	if keepWeeks {
		for i := range alike {
			alike[i].Text = fmt.Sprintf("alike in every region: %s; with the weeks' means kept, %d copies of one series pass for %d observations "+
				"of each week, and edges for surer than they are", listed(alike[i].Subjects), len(s.Regions), len(s.Regions))
		}
	}
	return Ordered(append(found, alike...))
}

// OfTable returns the notices of a plain table from which a graph is learned: constant columns, and copies.
func OfTable(n *panel.Numbers) []Notice {
	columns := make([][]float64, len(n.Names))
	var moving []int
	var constant []string
	for j, name := range n.Names {
		for i := j; i < len(n.Cells); i += len(n.Names) {
			columns[j] = append(columns[j], n.Cells[i])
		}
		if len(columns[j]) == 0 || slices.Max(columns[j]) == slices.Min(columns[j]) {
			constant = append(constant, name)
		} else {
			moving = append(moving, j)
		}
	}
	return Ordered(append(of(Constant, constant, withoutEdges, listed(constant)), nearCopies(n.Names, columns, moving)...))
}

// withoutEdges is what is said of constants if only a graph is learned.
const withoutEdges = "constant: %s; what never varies has no edges"

// flat names the channels that are on and do not vary within regions.
func (s *sample) flat() []Notice {
	found := s.constant()
	for i := range found {
		found[i].Text = fmt.Sprintf(withoutEdges, listed(found[i].Subjects))
	}
	return found
}

func (s *sample) nearCopies() []Notice { return nearCopies(s.Channels, s.exposures(), s.moving()) }

// nearCopies names the pairs of columns that carry the same information.
func nearCopies(names []string, columns [][]float64, moving []int) []Notice {
	m := moments(columns)
	if m == nil {
		return nil
	}
	var subjects, shown []string
	for k, j := range moving {
		for _, i := range moving[:k] {
			if math.Abs(correlation(m, i, j)) < nearCopy {
				continue
			}
			shown = append(shown, fmt.Sprintf("%s and %s (correlation %s)", names[i], names[j], nearOne(m, i, j)))
			for _, name := range []string{names[i], names[j]} {
				if !slices.Contains(subjects, name) {
					subjects = append(subjects, name)
				}
			}
		}
	}
	return of(Copies, subjects, "copies of each other up to scale: %s; an edge of one of them may be the other's", listed(shown))
}

// nearOne is a correlation with as many digits as tell it from 1.
func nearOne(m *dag.Moments, i, j int) string {
	r := correlation(m, i, j)
	if 1-math.Abs(r) < 5e-5 {
		return fmt.Sprintf("%.2f", r)
	}
	return fmt.Sprintf("%.4f", r)
}
