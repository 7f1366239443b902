package neural

// patience counts looks at the holdout without a new best.
type patience struct {
	Of     int     `json:"of"`
	Waited int     `json:"waited"`
	Best   float64 `json:"best"`
	Looked bool    `json:"looked"`
}

func (p *patience) exhausted(rmse float64) bool {
	if !p.Looked || rmse < p.Best {
		p.Best, p.Looked, p.Waited = rmse, true, 0
		return false
	}
	p.Waited++
	return p.Waited >= p.Of
}
