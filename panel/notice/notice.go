// Package notice says what a panel cannot tell: a channel that never varies, two that copy each other, cells that are probably
// errors. Of reads a panel and its training weeks; a model adds what only its fit shows (Prior). Start reading at Notice.
package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"deepcausalmmm/panel"
)

// Notice is one kind of doubt about a panel's results and everything that it concerns.
type Notice struct {
	Kind     Kind     `json:"kind"`
	Subjects []string `json:"subjects"` // columns, all of them
	Weight   float64  `json:"weight"`   // in (0, 1]: how wrong a reader may be who does not know it
	Text     string   `json:"text"`     // one sentence or two on one line, which names up to ten of the subjects
}

// Line is the notice as a line of a terminal.
func (n Notice) Line() string { return "notice: " + n.Text }

// Kind is what is doubtful.
type Kind string

// The kinds of notices.
const (
	Constant             Kind = "constant"               // a channel with one exposure in each region
	PriorDriven          Kind = "prior"                  // a share that is the prior's
	Copies               Kind = "copies"                 // channels that move together
	Follows              Kind = "follows"                // a channel that moves with controls, trend or season
	FewPoints            Kind = "few points"             // for the number of channels and controls
	Alike                Kind = "alike"                  // channels whose regions do not differ
	NeverOn              Kind = "never on"               // a channel without exposure
	SpendWithoutExposure Kind = "spend without exposure" // money that bought nothing
	ExposureWithoutSpend Kind = "exposure without spend"
	OutlyingCells        Kind = "outlying cells"
	OutlyingCosts        Kind = "outlying costs"
)

// weights order the kinds: first those for which a printed share is not the data's, then those for which all shares or the
// graph are uncertain, then those that concern single columns and cells.
var weights = map[Kind]float64{
	Constant: 1, PriorDriven: 0.95, Copies: 0.9, Follows: 0.85, FewPoints: 0.7, Alike: 0.6, NeverOn: 0.5,
	OutlyingCells: 0.4, OutlyingCosts: 0.35, SpendWithoutExposure: 0.3, ExposureWithoutSpend: 0.25,
}

// assumed are the kinds for which a channel's own figures are not told by the data.
var assumed = []Kind{Constant, PriorDriven, Copies, Follows}

// of makes a notice of a kind, or none without subjects.
func of(kind Kind, subjects []string, text string, args ...any) []Notice {
	if len(subjects) == 0 {
		return nil
	}
	return []Notice{{kind, subjects, weights[kind], strings.Map(printable, fmt.Sprintf(text, args...))}}
}

// printable replaces control characters, which names of columns and regions may have.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// Of returns the notices of a panel whose weeks of a span are fitted to, heaviest first, at most one of a kind. A panel without a
// target has none about it.
func Of(p *panel.Panel, train panel.Span) []Notice {
	s := newSample(p, train)
	return Ordered(slices.Concat(
		s.constant(), s.neverOn(), s.copies(), s.follows(), s.fewPoints(), s.alike(),
		s.spendWithoutExposure(), s.exposureWithoutSpend(), s.outlyingCells(), s.outlyingCosts(),
	))
}

// Ordered sorts notices by weight, heaviest first.
func Ordered(notices []Notice) []Notice {
	slices.SortStableFunc(notices, func(a, b Notice) int { return cmp.Compare(b.Weight, a.Weight) })
	return notices
}

// Marks returns, for each channel whose figures are not told by the data, the kinds of notices that say so. Mark such figures
// wherever they are printed.
func Marks(notices []Notice) map[string][]Kind {
	marks := map[string][]Kind{}
	for _, n := range notices {
		if !slices.Contains(assumed, n.Kind) {
			continue
		}
		for _, channel := range n.Subjects {
			marks[channel] = append(marks[channel], n.Kind)
		}
	}
	return marks
}

// Marking are the notices that mark channels.
func Marking(notices []Notice) []Notice {
	return slices.DeleteFunc(slices.Clone(notices), func(n Notice) bool { return !slices.Contains(assumed, n.Kind) })
}

// Mark is an asterisk after a figure of a channel that is not told by the data, else nothing.
func Mark(notices []Notice, channel string) string {
	if len(Marks(notices)[channel]) > 0 {
		return " *"
	}
	return ""
}

// MarkNote explains the asterisk after a marked figure.
const MarkNote = "* not told by the data: see the notices"

// Prior is the notice of channels whose share is the prior's.
func Prior(channels []string) []Notice {
	return of(PriorDriven, channels, "share is the prior's: %s; the data narrowed the prior by less than a tenth, so the share is assumed, "+
		"not learned", listed(channels))
}

// mostListed is the number of items that a notice lists.
const mostListed = 10

func listed(items []string) string {
	text := strings.Join(items[:min(mostListed, len(items))], ", ")
	if more := len(items) - mostListed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
