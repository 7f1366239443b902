package simulate

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// Experiment is a lift test in the panel: in some regions and weeks channels are set to a multiple of what they would have been.
type Experiment struct {
	Channels []string
	Regions  []string  // nil: Count regions at random
	Count    int       // number of regions, if they are not named; 0: all
	From     time.Time // first week
	Weeks    int       // number of weeks
	Factor   float64   // 0 is off
}

// Lift is the result of an experiment.
type Lift struct {
	Channels []string `json:"channels"`
	Regions  []string `json:"regions"` // empty: all
	From     string   `json:"from"`    // first week
	To       string   `json:"to"`      // last week
	Factor   float64  `json:"factor"`
	Lift     float64  `json:"lift"` // as measured: KPI with the change less KPI without it, over these regions and weeks
	SE       float64  `json:"se"`
	Effect   string   `json:"effect"`    // total: what channels move follows
	TrueLift float64  `json:"true_lift"` // without the error of measurement
}

// test is an experiment in positions.
type test struct {
	channels, regions []int
	from, to          int // first and last week
	factor            float64
}

// changes reports whether the experiment sets a node in a region.
func (t test) changes(m, r int) bool {
	return slices.Contains(t.channels, m) && slices.Contains(t.regions, r)
}

// overlaps reports whether two experiments set a channel in the same cell.
func (t test) overlaps(o test) bool {
	shared := func(a, b []int) bool {
		return slices.ContainsFunc(a, func(x int) bool { return slices.Contains(b, x) })
	}
	return shared(t.channels, o.channels) && shared(t.regions, o.regions) && t.from <= o.to && o.from <= t.to
}

// experiment plays the configured experiments.
func (w *World) experiment() error {
	for i, e := range w.config.Experiments {
		t, err := w.place(i, e)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(w.tests, t.overlaps) {
			return &ConfigError{"experiment", e.Channels, "each channel in one experiment at a time in a region"}
		}
		w.tests = append(w.tests, t)
	}
	if len(w.tests) > 0 {
		w.observed = w.play(change{})
	}
	return nil
}

// place finds an experiment's channels, regions and weeks.
func (w *World) place(i int, e Experiment) (test, error) {
	t := test{factor: e.Factor}
	if !(e.Factor >= 0) || math.IsInf(e.Factor, 0) || e.Factor == 1 {
		return t, &ConfigError{"experiment", e.Factor, "a factor of 0 or more other than 1"}
	}
	for _, name := range e.Channels {
		m := slices.Index(w.config.Channels, name)
		if m < 0 {
			return t, w.noChannel("experiment", name)
		}
		t.channels = append(t.channels, m)
	}
	for _, name := range e.Regions {
		r := slices.IndexFunc(w.regions, func(m market) bool { return m.name == name })
		if r < 0 {
			return t, &ConfigError{"experiment", fmt.Sprintf("region %q", name), "one of " + w.regions[0].name + " to " + w.regions[len(w.regions)-1].name}
		}
		t.regions = append(t.regions, r)
	}
	if len(e.Regions) == 0 {
		if e.Count < 0 || e.Count > len(w.regions) {
			return t, &ConfigError{"experiment", fmt.Sprintf("%d regions", e.Count), fmt.Sprintf("1 to %d", len(w.regions))}
		}
		t.regions = w.draws.stream("experiment", i).Perm(len(w.regions))
		if e.Count > 0 {
			t.regions = t.regions[:e.Count]
		}
		slices.Sort(t.regions)
	}
	from, err := w.week("experiment", e.From)
	if err != nil {
		return t, err
	}
	t.from, t.to = from, from+e.Weeks-1
	if from == 0 || e.Weeks < 1 || t.to >= len(w.weeks) {
		return t, &ConfigError{"experiment", fmt.Sprintf("%d weeks from %s", e.Weeks, e.From.Format(time.DateOnly)),
			"weeks of the panel, and one before to compare with"}
	}
	return t, nil
}

// week returns the position of a week.
func (w *World) week(field string, day time.Time) (int, error) {
	if t := slices.IndexFunc(w.weeks, day.Equal); t >= 0 {
		return t, nil
	}
	first, last := w.weeks[0].Format(time.DateOnly), w.weeks[len(w.weeks)-1].Format(time.DateOnly)
	return 0, &ConfigError{field, day.Format(time.DateOnly), fmt.Sprintf("a Monday from %s to %s", first, last)}
}

func (w *World) noChannel(field, name string) error {
	return &ConfigError{field, fmt.Sprintf("%q", name), "a channel: " + strings.Join(w.config.Channels, ", ")}
}

// Lifts returns what the experiments measured.
func (w *World) Lifts() []Lift {
	var lifts []Lift
	for i, t := range w.tests {
		without := *w
		without.tests = slices.Delete(slices.Clone(w.tests), i, i+1)
		sales, lift := without.play(change{}).sales, 0.0
		for _, r := range t.regions {
			for week := t.from; week <= t.to; week++ {
				lift += w.observed.sales[r][week] - sales[r][week]
			}
		}
		l := Lift{Regions: []string{}, From: w.weeks[t.from].Format(time.DateOnly), To: w.weeks[t.to].Format(time.DateOnly),
			Factor: t.factor, Effect: "total", TrueLift: cents(lift)}
		for _, m := range t.channels {
			l.Channels = append(l.Channels, w.channels[m].name)
		}
		for _, r := range t.regions {
			if len(t.regions) < len(w.regions) {
				l.Regions = append(l.Regions, w.regions[r].name)
			}
		}
		l.SE = max(w.differenceError(t), 0.01*math.Abs(lift))
		l.Lift = cents(lift + l.SE*w.draws.stream("measurement", i).NormFloat64())
		l.SE = cents(l.SE)
		lifts = append(lifts, l)
	}
	return lifts
}

// weeksBefore is the most weeks before an experiment that it is compared with.
const weeksBefore = 26

// differenceError is the standard error of a difference in differences over the cells of an experiment: of n weeks with the change
// and p before, in regions treated T and control C whose noise has variances σ_r² and whose baselines add up to b,
//
//	se² = n·(1 + n/p)·(Σ_T σ_r² + (b_T/b_C)²·Σ_C σ_r²).
//
// Without control regions it is the error of the comparison before and after.
func (w *World) differenceError(t test) float64 {
	var variance, baseline [2]float64 // treated, control
	for r, region := range w.regions {
		group := 1
		if slices.Contains(t.regions, r) {
			group = 0
		}
		sd := w.config.Noise * region.baseline
		variance[group] += sd * sd
		baseline[group] += region.baseline
	}
	n, p := float64(t.to-t.from+1), float64(min(t.from, weeksBefore))
	all := variance[0]
	if baseline[1] > 0 {
		ratio := baseline[0] / baseline[1]
		all += ratio * ratio * variance[1]
	}
	return math.Sqrt(n * (1 + n/p) * all)
}

// WriteExperiments writes what the experiments measured, as a configuration of cmd/train has it.
func (w *World) WriteExperiments(to io.Writer) error {
	var out strings.Builder
	out.WriteString("experiments:\n")
	for _, l := range w.Lifts() {
		done := "off: true"
		if l.Factor > 0 {
			done = fmt.Sprintf("factor: %g", l.Factor)
		}
		fmt.Fprintf(&out, "  - channels: [%s]\n    regions: [%s]\n    from: %s\n    to: %s\n    %s\n    lift: %.2f\n    se: %.2f\n    effect: %s\n",
			strings.Join(l.Channels, ", "), strings.Join(l.Regions, ", "), l.From, l.To, done, l.Lift, l.SE, l.Effect)
	}
	_, err := io.WriteString(to, out.String())
	return err
}
