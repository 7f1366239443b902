package notice

import "fmt"

// The fewest points from which a regression on k predictors can be learned: 50 + 8·k (Green 1991). The rule of 10 to 15 points
// a predictor (Harrell 2015, sec. 4.4) is near it for 10 to 25 predictors.
const (
	fewestPoints    = 50
	pointsPerColumn = 8
)

// fewPoints compares the region-weeks with a recorded target with the number of channels and controls.
func (s *sample) fewPoints() []Notice {
	if len(s.Target) == 0 {
		return nil
	}
	points := 0
	for _, cell := range s.cells {
		if !s.Filled[cell] {
			points++
		}
	}
	columns := len(s.Channels) + len(s.Controls)
	need := fewestPoints + pointsPerColumn*columns
	if points >= need {
		return nil
	}
	subjects := append(append([]string{}, s.Channels...), s.Controls...)
	return of(FewPoints, subjects, "few points: %s with a target for %s and %s, where at least %d would be needed to learn their effects "+
		"(50 + 8 for each); more of every share is the prior's", s.periods(points), count(len(s.Channels), plural(len(s.Channels), "channel")),
		count(len(s.Controls), plural(len(s.Controls), "control")), need)
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

func count(n int, noun string) string { return fmt.Sprintf("%d %s", n, noun) }
