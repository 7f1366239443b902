package notice

import (
	"fmt"
	"math"
)

// cause is something that is not media and moves sales: a control, the trend or the season.
type cause struct {
	name    string
	columns [][]float64 // over the training cells, within regions
}

// causes are the panel's controls, a trend (linear and quadratic), and, if the training spans a year, a season of two harmonics.
func (s *sample) causes() []cause {
	var all []cause
	for c, name := range s.Controls {
		all = append(all, cause{name, [][]float64{
			s.within(func(cell int) float64 { return s.Control[cell*len(s.Controls)+c] })}})
	}
	years := s.Years()
	first, last := years[s.train.From], years[s.train.To-1]
	if last == first {
		return all
	}
	time := func(of func(year float64) float64) []float64 {
		return s.within(func(cell int) float64 { return of(years[cell%len(years)]) })
	}
	at := func(year float64) float64 { return (2*year - first - last) / (last - first) }
	trend := cause{"the trend", [][]float64{time(at), time(func(year float64) float64 { return at(year) * at(year) })}}
	all = append(all, trend)
	if last-first < 1 {
		return all
	}
	season := cause{name: "the season"}
	for harmonic := 1.0; harmonic <= 2; harmonic++ {
		angle := func(year float64) float64 { return 2 * math.Pi * harmonic * year }
		season.columns = append(season.columns,
			time(func(year float64) float64 { return math.Sin(angle(year)) }), time(func(year float64) float64 { return math.Cos(angle(year)) }))
	}
	return append(all, season)
}

// follows names the channels whose variation within regions controls, trend and season explain as far as maxInflation, each with
// the strongest of these.
func (s *sample) follows() []Notice {
	columns := s.exposures()
	causes := s.causes()
	var groups [][]int
	var every []int
	for _, c := range causes {
		var group []int
		for _, column := range c.columns {
			group = append(group, len(columns))
			columns = append(columns, column)
		}
		groups, every = append(groups, group), append(every, group...)
	}
	m := moments(columns)
	if m == nil {
		return nil
	}
	var names, shown []string
	for _, j := range s.moving() {
		left := s.unexplained(m, j, every)
		if left > 1.0/maxInflation {
			continue
		}
		strongest, least := 0, 1.0
		for g, group := range groups {
			if u := s.unexplained(m, j, group); u < least {
				strongest, least = g, u
			}
		}
		names = append(names, s.Channels[j])
		shown = append(shown, fmt.Sprintf("%s (%.0f %% of its variation, most with %s)", s.Channels[j], 100*(1-left), causes[strongest].name))
	}
	return of(Follows, names, "move with controls, trend or season: %s; what they sell cannot be told from what these do", listed(shown))
}
