package panel

// Window is a scaled span of weeks, the input of the original model, with BurnIn rows of zeros in front of every region. The
// season has no such rows: its window starts earlier.
type Window struct {
	Regions, Weeks, Channels, Controls int // R; T, burn-in included; M; C
	BurnIn                             int
	Media                              []float64 // [R, T, M], shares of the row
	Control                            []float64 // [R, T, C]
	Target                             []float64 // [R, T], in units of the region's training mean
	Season                             []float64 // [R, T], in [0, 1]
}

// Window scales a span of weeks. Season is always the tail of the training season: the Python original uses that tail for the
// holdout too, not the same weeks of the year.
func (s Scaling) Window(p *Panel, span Span, burnIn int, season *Season) *Window {
	M, C := len(p.Channels), len(p.Controls)
	w := &Window{
		Regions: len(p.Regions), Weeks: burnIn + span.Len(), Channels: M, Controls: C, BurnIn: burnIn,
		Media:   p.pad(scaleMedia(cut(p, p.Media, M, span), M), M, burnIn, span),
		Control: p.pad(s.scaleControls(cut(p, p.Control, C, span)), C, burnIn, span),
		Season:  season.Window(burnIn + span.Len()),
	}
	target := cut(p, p.Target, 1, span)
	for i := range target {
		target[i] /= s.TargetMean[i/span.Len()]
	}
	w.Target = p.pad(target, 1, burnIn, span)
	return w
}

// cut returns a copy of the weeks of a span of x, [R, T, K].
func cut[E any](p *Panel, x []E, K int, span Span) []E {
	T := len(p.Weeks)
	part := make([]E, 0, len(p.Regions)*span.Len()*K)
	for r := range p.Regions {
		part = append(part, x[(r*T+span.From)*K:(r*T+span.To)*K]...)
	}
	return part
}

// pad returns x, [R, weeks, K], with burnIn rows of zeros in front of each region.
func (p *Panel) pad(x []float64, K, burnIn int, span Span) []float64 {
	n := span.Len() * K
	padded := make([]float64, 0, len(p.Regions)*(burnIn*K+n))
	for r := range p.Regions {
		padded = append(padded, make([]float64, burnIn*K)...)
		padded = append(padded, x[r*n:(r+1)*n]...)
	}
	return padded
}
