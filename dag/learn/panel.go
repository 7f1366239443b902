package learn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// Panel is the exposures of a panel, of which graphs are learned: their signals in the scales of both mechanisms.
type Panel struct {
	evidence Evidence
	lags     int
	channels int
	signals  []*mat.Dense // of each region [weeks, 2·channels]: by shares, then by amounts
}

// NewPanel takes exposures, a matrix [weeks, channels] for each region, of which the options' Lags are the graphs' too. See
// Signals; it makes those of every mechanism.
func NewPanel(series []mat.Matrix, o SignalOptions) (*Panel, error) {
	if len(series) == 0 {
		return nil, errors.New("learn: no data")
	}
	p := &Panel{evidence: o.Evidence(series), lags: o.Lags, signals: make([]*mat.Dense, len(series))}
	_, p.channels = series[0].Dims()
	for n, by := range dag.Mechanisms {
		o.Mechanism = by
		signals, err := Signals(series, o)
		if err != nil {
			return nil, err
		}
		for r, z := range signals {
			weeks, _ := z.Dims()
			if n == 0 {
				p.signals[r] = mat.NewDense(weeks, len(dag.Mechanisms)*p.channels, nil)
			}
			p.signals[r].Slice(0, weeks, n*p.channels, (n+1)*p.channels).(*mat.Dense).Copy(z)
		}
	}
	return p, nil
}

// Signals are the signals of a mechanism, [weeks, channels] for each region, views of the panel's memory.
func (p *Panel) Signals(by dag.Mechanism) []mat.Matrix {
	first := 0
	if by == dag.Amounts {
		first = p.channels
	}
	var signals []mat.Matrix
	for _, z := range p.signals {
		weeks, _ := z.Dims()
		signals = append(signals, z.Slice(0, weeks, first, first+p.channels))
	}
	return signals
}

// Evidence is what the panel's rows can say about edges.
func (p *Panel) Evidence() Evidence { return p.evidence }

// Weights are how often a resample has each region's weeks [R][T]; nil: once.
type Weights [][]float64

func (w Weights) at(region, week int) float64 {
	if w == nil {
		return 1
	}
	return w[region][week]
}

// Learn learns a graph from the signals by shares of the rows, as often as w says, and how the channels on it move each other.
// The options' Lags and Evidence are the panel's.
func (p *Panel) Learn(ctx context.Context, o Options, w Weights) (*Estimate, error) {
	m, err := p.moments(w)
	if err != nil {
		return nil, err
	}
	return p.learn(ctx, o, m)
}

func (p *Panel) learn(ctx context.Context, o Options, m *dag.Moments) (*Estimate, error) {
	o.Lags, o.Evidence = p.lags, p.evidence
	e, err := learnFrom(ctx, o, p.of(dag.Shares, m), nil)
	if err == nil {
		e.Graph.Mechanism = p.mechanism(e.Graph, m)
	}
	return e, err
}

// Resample draws blocks of rows of each region with replacement (Künsch 1989). A block may overlap either end, where it is cut, so
// that every row is drawn equally often.
func (p *Panel) Resample(rng *rand.Rand, length int) Weights {
	w := make(Weights, len(p.signals))
	for r, z := range p.signals {
		weeks, _ := z.Dims()
		w[r] = make([]float64, weeks)
		starts := weeks + length - 1
		for range max(1, (starts+length/2)/length) {
			from := rng.IntN(starts) - length + 1
			for t := max(from, 0); t < min(from+length, weeks); t++ {
				w[r][t]++
			}
		}
	}
	return w
}

// Bootstrap learns the graph of each of n resamples in blocks of a length in rows, on all cores, and returns the frequency of
// each edge [d, d]. The result depends on the seed, not on the number of cores.
func (p *Panel) Bootstrap(ctx context.Context, o Options, n int, seed uint64, length int) (*mat.Dense, error) {
	o.Progress = nil
	return frequency(n, func(i int) (*Estimate, error) {
		return p.Learn(ctx, o, p.Resample(rand.New(rand.NewPCG(seed, uint64(i))), length))
	})
}

// Fit is Learn of standardised signals, with the weights of least squares on the signals of the graph's mechanism. Edges of at
// most the options' threshold by these weights are left out, unless they are required.
func (p *Panel) Fit(ctx context.Context, o Options, w Weights) (*dag.Graph, error) {
	m, err := p.moments(w)
	if err != nil {
		return nil, err
	}
	threshold := o.Threshold
	o.Threshold, o.Standardise = 0, true
	e, err := p.learn(ctx, o, m)
	if err != nil {
		return nil, err
	}
	signals := p.of(e.Graph.Mechanism, m)
	e.Graph.Refit(signals)
	g := e.Graph.Prune(threshold, o.Constraints)
	g.Refit(signals) // on the parents that are left
	return g, nil
}

// mechanism is how channels on a graph move each other: the scale of the parents in which they explain the children's amounts
// better. The amounts are the same in both comparisons, so that the likelihoods of the two regressions compare as they are; and
// what an intervention changes is their mean.
func (p *Panel) mechanism(g *dag.Graph, m *dag.Moments) dag.Mechanism {
	better := 0.0 // log-likelihood of amounts − that of shares, per row
	for j := range p.channels {
		shares, amounts := p.parents(g, j, 0), p.parents(g, j, p.channels)
		byShares, _ := m.Regress(p.channels+j, shares)
		byAmounts, _ := m.Regress(p.channels+j, amounts)
		if floor := dag.Negligible * m.At(p.channels+j, p.channels+j); floor > 0 {
			better += math.Log(max(byShares.Residual, floor)) - math.Log(max(byAmounts.Residual, floor))
		}
	}
	if better > 0 {
		return dag.Amounts
	}
	return dag.Shares
}

// parents are the columns of the parents of j, whose scale begins at a column, and of j's own past amounts.
func (p *Panel) parents(g *dag.Graph, j, scale int) (columns []int) {
	for k := range 1 + p.lags {
		for i := range p.channels {
			switch {
			case i == j && k > 0:
				columns = append(columns, k*2*p.channels+p.channels+j)
			case i != j && g.Lag(k).At(i, j) != 0:
				columns = append(columns, k*2*p.channels+scale+i)
			}
		}
	}
	return columns
}

// of are the moments of one mechanism's signals.
func (p *Panel) of(by dag.Mechanism, m *dag.Moments) *dag.Moments {
	d := p.channels
	first := 0
	if by == dag.Amounts {
		first = d
	}
	n := d * (1 + p.lags)
	part := &dag.Moments{Observations: m.Observations, Variables: d, Lags: p.lags}
	part.Covariance = blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	for i := range n {
		for j := range n {
			part.Covariance.Data[i*n+j] = m.At(i/d*2*d+first+i%d, j/d*2*d+first+j%d)
		}
	}
	return part
}

// moments are mean products of both mechanisms' signals and their lags over the rows, about 0, which is their mean. They have
// as many observations as equally weighted rows that tell as much (Kish 1965): half of those of a bootstrap resample, in which
// noise counts twice, once from the data and once from the draw.
func (p *Panel) moments(w Weights) (*dag.Moments, error) {
	d := 2 * p.channels
	n := d * (1 + p.lags)
	products, row := make([]float64, n*n), make([]float64, n)
	sum, squares := 0.0, 0.0
	for r, z := range p.signals {
		raw := z.RawMatrix()
		for t := p.lags; t < raw.Rows; t++ {
			weight := w.at(r, t)
			if weight == 0 {
				continue
			}
			sum, squares = sum+weight, squares+weight*weight
			for k := range 1 + p.lags {
				copy(row[k*d:(k+1)*d], raw.Data[(t-k)*raw.Stride:])
			}
			for i, v := range row {
				if v *= weight; v == 0 {
					continue
				}
				to := products[i*n : i*n+i+1]
				for j, u := range row[:i+1] {
					to[j] += v * u
				}
			}
		}
	}
	m := &dag.Moments{Variables: d, Lags: p.lags, Covariance: blas64.General{Rows: n, Cols: n, Stride: n, Data: products}}
	if m.Observations = int(math.Round(sum * sum / squares)); sum == 0 || m.Observations < 2 {
		return nil, fmt.Errorf("learn: %g rows with %d lags: two are the fewest", sum, p.lags)
	}
	for i := range n {
		for j := range i + 1 {
			products[i*n+j] /= sum
			products[j*n+i] = products[i*n+j]
		}
	}
	return m, nil
}
