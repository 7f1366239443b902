// Package structural is the recommended marketing-mix model: a moving baseline, saturating effects of relative exposure,
// the channel graph with its structural equations, and interventions that propagate along them. It is one
// expression graph, fitted by L-BFGS to convergence. Start reading at Data, then Model, then Fit.
package structural

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
)

// Scaling converts a panel's numbers to the model's. It is computed from the training weeks.
type Scaling struct {
	Media   []float64 `json:"media"`           // [R, M]: mean exposure, by which exposure is divided; 0 if a channel was never on
	Shift   []float64 `json:"shift,omitempty"` // [M]: where exposure is counted from, below 0 for a mediator with negative values; nil: 0
	Share   []float64 `json:"share"`           // [R, M]: the exposure of an average week in the units of the effects; nil: 1
	Target  []float64 `json:"target"`          // [R]: mean target
	Control []Control `json:"control"`         // [C]

	Holidays []string `json:"holidays,omitempty"` // that fall in the training weeks
}

// Control scales one control to its distance from the region's mean in standard deviations, after taking logarithms if Log.
type Control struct {
	Log  bool      `json:"log"`
	Mean []float64 `json:"mean"` // [R]
	SD   float64   `json:"sd"`
}

// MediaScaling is the unit of exposure in the effects. The structural equations always use multiples of the channels' means.
type MediaScaling string

const (
	Relative MediaScaling = "relative" // the region and channel's mean over the training weeks
	Share    MediaScaling = "share"    // the region's mean over all its channels: large channels have large exposures
)

// Data is a scaled panel, the input of the model. Slices are row-major.
type Data struct {
	Regions, Weeks, Channels, Controls int

	Media   []float64 // [R, T, M]: relative exposure
	Control []float64 // [R, T, C]
	Target  []float64 // [R, T]: relative to the region's mean
	Weight  []float64 // [R, T]: weight of a cell in the loss: 0 in the burn-in and the holdout, and where the target is not known
	Days    []float64 // [H, T]: indicators of the rows around holidays
	Known   []bool    // [R, T]: the target was recorded, and something could be sold
	Closed  []bool    // [R, T]: nothing could be sold; nil if there is no such cell
	Raw     []float64 // [R, T, C]: the controls in the table's units
	Clipped []int     // [M]: cells below the shift, which count as the shift
	Years   []float64 // [T]: time in years, for the season
	Every   panel.Resolution
	Train   int // number of training weeks
	From    int // number of the first week; the first training week is 0
	Ahead   int // number of weeks after the training that are forecast, given their exposure and controls
	Scaling Scaling

	blocks []blockAt // the blocks of a resample; nil otherwise
}

// clipControl bounds scaled controls: a value further out is probably an error or another regime.
const clipControl = 4

// NewData scales a panel by its first train weeks. Of these the burn-in, in weeks whatever the panel's resolution, has no
// weight: exposure from before the panel may still have effects there. Weeks after train + ahead are not used.
func NewData(p *panel.Panel, train, ahead, burnIn int, by MediaScaling) (*Data, error) {
	means, err := p.TargetMeans(panel.Span{From: 0, To: train})
	if err != nil {
		return nil, err
	}
	d := &Data{
		Regions: len(p.Regions), Weeks: len(p.Weeks), Channels: len(p.Channels), Controls: len(p.Controls),
		Years: p.Years(), Every: p.Resolution, Train: train, Ahead: ahead, Scaling: Scaling{Target: means},
	}
	d.Scaling.Shift = shifts(p, train)
	d.Scaling.Media, d.Scaling.Holidays = d.Scaling.mediaScale(p, train), p.HolidayNames(panel.Span{To: train})
	if by == Share {
		d.Scaling.Share = shares(d.Scaling.Media, len(p.Channels))
	}
	for c := range p.Controls {
		d.Scaling.Control = append(d.Scaling.Control, controlScale(p, c, train))
	}
	d.fill(p)
	counted, first := 0.0, 0
	if burnIn > 0 {
		first = min(p.Resolution.Rows(float64(burnIn)), train/4)
	}
	for r := range d.Regions {
		for t := first; t < train; t++ {
			if cell := r*d.Weeks + t; d.Known[cell] {
				d.Weight[cell] = 1
				counted++
			}
		}
	}
	if counted == 0 {
		return nil, fmt.Errorf("%s: no target of the training weeks is known", p.Report.File)
	}
	return d, nil
}

// Rescaled scales another panel of the same columns as the training panel, which had train weeks. The first week of p has
// the number from. All weights are 0.
func (s Scaling) Rescaled(p *panel.Panel, train, from int) *Data {
	d := &Data{
		Regions: len(p.Regions), Weeks: len(p.Weeks), Channels: len(p.Channels), Controls: len(p.Controls),
		Years: p.Years(), Every: p.Resolution, Train: train, From: from, Scaling: s,
	}
	d.fill(p)
	return d
}

func (d *Data) fill(p *panel.Panel) {
	R, T, M, C := d.Regions, d.Weeks, d.Channels, d.Controls
	d.Raw, d.Clipped = p.Control, make([]int, M)
	d.Closed = p.Closed
	if names := d.Scaling.Holidays; len(names) > 0 {
		d.Days, _ = p.HolidayRows(names)
	}
	d.Media, d.Control = make([]float64, R*T*M), make([]float64, R*T*C)
	d.Target, d.Weight, d.Known = make([]float64, R*T), make([]float64, R*T), make([]bool, R*T)
	for cell := range R * T {
		r := cell / T
		if len(p.Target) > 0 {
			d.Target[cell] = p.Target[cell] / d.Scaling.Target[r]
			d.Known[cell] = !p.Filled[cell] && !p.IsClosed(cell)
		}
		for m := range M {
			x, clipped := d.Scaling.counted(m, p.Media[cell*M+m])
			if clipped && p.HasRow(cell) {
				d.Clipped[m]++
			}
			if scale := d.Scaling.Media[r*M+m]; scale > 0 {
				d.Media[cell*M+m] = x / scale
			}
		}
		for c, s := range d.Scaling.Control {
			d.Control[cell*C+c] = s.of(r, p.Control[cell*C+c])
		}
	}
	d.imputeMissing(p)
}

// imputeMissing gives a region-week without a row the mean exposure of the other regions in that week: a missing row does
// not mean zero exposure, and zeros would break the carry-over into the weeks after it.
func (d *Data) imputeMissing(p *panel.Panel) {
	for t := range d.Weeks {
		mean, present := make([]float64, d.Channels), 0.0
		for r := range d.Regions {
			if p.HasRow(r*d.Weeks + t) {
				present++
				for m := range mean {
					mean[m] += d.Media[(r*d.Weeks+t)*d.Channels+m]
				}
			}
		}
		for r := range d.Regions {
			if cell := r*d.Weeks + t; present > 0 && !p.HasRow(cell) {
				for m, sum := range mean {
					d.Media[cell*d.Channels+m] = sum / present
				}
			}
		}
	}
}

// unit is a region's average week in KPI units, by which the model's outputs in a cell are multiplied. It is 0 where nothing
// could be sold: neither media nor the season sold anything there.
func (d *Data) unit(cell int) float64 {
	if d.Closed != nil && d.Closed[cell] {
		return 0
	}
	return d.Scaling.Target[cell/d.Weeks]
}

// Exposure returns the exposure of the panel in its own units, with imputed values where the table had no row.
func (d *Data) Exposure(p *panel.Panel) []float64 {
	exposure := slices.Clone(p.Media)
	for cell := range d.Regions * d.Weeks {
		if !p.HasRow(cell) {
			for m := range d.Channels {
				exposure[cell*d.Channels+m] = d.Scaling.units(cell/d.Weeks, m, d.Media[cell*d.Channels+m])
			}
		}
	}
	return exposure
}

// shifts returns where each channel is counted from: a mediator with negative values, such as an index, from its lowest over
// the training weeks of all regions, any other from 0. Without such mediators it is nil.
func shifts(p *panel.Panel, train int) []float64 {
	M, T := len(p.Channels), len(p.Weeks)
	shift, any := make([]float64, M), false
	for i, x := range p.Media {
		if m, cell := i%M, i/M; p.Kind(m) == panel.Mediator && cell%T < train && p.HasRow(cell) && x < shift[m] {
			shift[m], any = x, true
		}
	}
	if !any {
		return nil
	}
	return shift
}

// from is where channel m is counted from.
func (s Scaling) from(m int) float64 {
	if s.Shift == nil {
		return 0
	}
	return s.Shift[m]
}

// counted is the exposure above the shift, 0 below it.
func (s Scaling) counted(m int, value float64) (exposure float64, clipped bool) {
	if s.Shift == nil {
		return value, false
	}
	return max(value-s.Shift[m], 0), value < s.Shift[m]
}

// shifted lists sentences about the channels that are not counted from 0, of which clipped cells are lower.
func (s Scaling) shifted(channels []string, clipped []int) []string {
	var said []string
	for m, from := range s.Shift {
		if from == 0 {
			continue
		}
		text := fmt.Sprintf("Mediator %s has negative values: it is counted from %.6g, its lowest over the weeks fitted to.", channels[m], from)
		if clipped[m] > 0 {
			text += fmt.Sprintf(" Lower values, of which there are %d, count as this.", clipped[m])
		}
		said = append(said, text)
	}
	return said
}

// units is a relative exposure in the table's units.
func (s Scaling) units(region, m int, relative float64) float64 {
	M := len(s.Media) / len(s.Target)
	return relative*s.Media[region*M+m] + s.from(m)
}

// mediaScale returns the mean exposure of each region and channel over the training weeks that have a row and in which
// something could be sold. A channel that was never on in a region takes the mean of the other regions.
func (s Scaling) mediaScale(p *panel.Panel, train int) []float64 {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	scale := make([]float64, R*M)
	channel, seen := make([]float64, M), make([]float64, M)
	for r := range R {
		rows := 0.0
		for t := range train {
			if cell := r*T + t; p.HasRow(cell) && !p.IsClosed(cell) {
				rows++
				for m := range M {
					x, _ := s.counted(m, p.Media[cell*M+m])
					scale[r*M+m] += x
				}
			}
		}
		for m := range M {
			scale[r*M+m] /= max(rows, 1)
			if scale[r*M+m] > 0 {
				channel[m] += scale[r*M+m]
				seen[m]++
			}
		}
	}
	for i, s := range scale {
		if m := i % M; s == 0 && seen[m] > 0 {
			scale[i] = channel[m] / seen[m]
		}
	}
	return scale
}

// shares divides each mean by the mean of its region's M.
func shares(means []float64, M int) []float64 {
	shares := slices.Clone(means)
	for r := 0; r < len(shares); r += M {
		row := shares[r : r+M]
		if total := floats.Sum(row); total > 0 {
			floats.Scale(float64(M)/total, row)
		}
	}
	return shares
}

// controlScale returns the scaling of control c. A control that is positive and differs more between regions than within them
// grows with the region's size, and is scaled after taking logarithms.
func controlScale(p *panel.Panel, c, train int) Control {
	R, T, C := len(p.Regions), len(p.Weeks), len(p.Controls)
	values, rows := make([][]float64, R), 0 // of the rows in which something could be sold
	for r := range R {
		for t := range train {
			if cell := r*T + t; !p.IsClosed(cell) {
				values[r] = append(values[r], p.Control[cell*C+c])
			}
		}
		rows += len(values[r])
	}
	positive := true
	means, within, grand := make([]float64, R), 0.0, 0.0
	for r := range R {
		for _, x := range values[r] {
			positive = positive && x > 0
			means[r] += x / float64(len(values[r]))
		}
		grand += means[r] / float64(R)
	}
	between := 0.0
	for r := range R {
		between += (means[r] - grand) * (means[r] - grand) / float64(R)
		for _, x := range values[r] {
			within += (x - means[r]) * (x - means[r]) / float64(rows)
		}
	}
	s := Control{Log: positive && between > within, Mean: means, SD: math.Sqrt(within)}
	if s.Log {
		within = 0
		for r := range R {
			means[r] = 0
			for _, x := range values[r] {
				means[r] += math.Log(x) / float64(len(values[r]))
			}
			for _, x := range values[r] {
				d := math.Log(x) - means[r]
				within += d * d / float64(rows)
			}
		}
		s.SD = math.Sqrt(within)
	}
	return s
}

// treated returns the controls [R, T, C] with treatments at multiples of their values from a week on.
func (d *Data) treated(factors map[int]float64, from int) []float64 {
	controls := slices.Clone(d.Control)
	for c, factor := range factors {
		for cell := range d.Regions * d.Weeks {
			if at := cell*d.Controls + c; cell%d.Weeks >= from {
				controls[at] = d.Scaling.Control[c].of(cell/d.Weeks, factor*d.Raw[at])
			}
		}
	}
	return controls
}

// of scales a value. A control that is constant within regions is 0.
func (s Control) of(region int, value float64) float64 {
	if s.SD <= 1e-12*math.Abs(s.Mean[region]) || s.SD == 0 {
		return 0
	}
	if s.Log {
		if value <= 0 {
			return -clipControl
		}
		value = math.Log(value)
	}
	return min(max((value-s.Mean[region])/s.SD, -clipControl), clipControl)
}
