package neural

import "deepcausalmmm/panel"

// window is a scaled span of weeks, the input of the model, with BurnIn rows of zeros in front of every region. The
// season has no such rows: its window starts earlier.
type window struct {
	Regions, Weeks, Channels, Controls int // R; T, burn-in included; M; C
	BurnIn                             int
	Media                              []float64 // [R, T, M], shares of the row
	Control                            []float64 // [R, T, C]
	Target                             []float64 // [R, T], in units of the region's training mean
	Season                             []float64 // [R, T], in [0, 1]
}

// window scales a span of weeks. Season is always the tail of the training season: the Python original uses that tail for the
// holdout too, not the same weeks of the year.
func (s scaling) window(p *panel.Panel, span panel.Span, burnIn int, season *season) *window {
	R, M, C := len(p.Regions), len(p.Channels), len(p.Controls)
	w := &window{
		Regions: R, Weeks: burnIn + span.Len(), Channels: M, Controls: C, BurnIn: burnIn,
		Media:   pad(scaleMedia(panel.Cut(p, p.Media, M, span), M), R, M, burnIn),
		Control: pad(s.scaleControls(panel.Cut(p, p.Control, C, span)), R, C, burnIn),
		Season:  season.window(burnIn + span.Len()),
	}
	target := panel.Cut(p, p.Target, 1, span)
	for i := range target {
		target[i] /= s.TargetMean[i/span.Len()]
	}
	w.Target = pad(target, R, 1, burnIn)
	return w
}

// pad returns x, [R, weeks, K], with burnIn rows of zeros in front of each of R regions.
func pad(x []float64, R, K, burnIn int) []float64 {
	n := len(x) / R
	padded := make([]float64, 0, len(x)+R*burnIn*K)
	for r := range R {
		padded = append(padded, make([]float64, burnIn*K)...)
		padded = append(padded, x[r*n:(r+1)*n]...)
	}
	return padded
}
