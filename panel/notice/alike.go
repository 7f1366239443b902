package notice

import (
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/learn"
)

// alike names the channels whose regions do not differ, as those of a national plan. The graph is learned from what regions do
// differently in a week, so these channels have no edges.
func (s *sample) alike() []Notice {
	T, M := len(s.Weeks), len(s.Channels)
	series := make([]mat.Matrix, len(s.Regions))
	for r := range series {
		from := (r*T + s.train.From) * M
		series[r] = mat.NewDense(s.train.Len(), M, s.relative[from:from+s.train.Len()*M])
	}
	alike, err := learn.Alike(series)
	if err != nil {
		return nil // the training reports it
	}
	var names []string
	for m, name := range s.Channels {
		if alike[m] && !s.still[m] {
			names = append(names, name)
		}
	}
	return of(Alike, names, "alike in every region: %s; no edge can be learned between channels whose regions do not differ",
		listed(names))
}
