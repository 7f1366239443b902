package neural

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// starts are initial values of model parameters, estimated from the data, in the raw form of the parameters.
type starts struct {
	HillHalf        []float64 // [M], `hill_g`
	StableMedia     []float64 // [M], `stable_media_coeff`
	StableControl   []float64 // [C], `stable_ctrl_coeff`
	RegionBaseline  []float64 // [R], `region_baseline`
	GlobalBias      float64   // `global_bias`
	PredictionScale float64   // `prediction_scale`
}

const (
	ridgePenalty   = 0.01
	controlDamping = -2.3 // log of the factor on control coefficients

	onAir         = 1e-4 // larger shares show where a channel operates
	fewestShares  = 10   // more such shares are needed
	typicalShare  = 0.6  // quantile taken as a channel's typical share
	lowestHalf    = 0.05
	highestHalf   = 0.9
	hillHalfUnset = -1.5 // softplus gives 0.20
)

// starts estimates the initial values from a training window without its burn-in rows.
func (w *window) starts() starts {
	y := w.rows(w.Target, 1)
	x, z := w.rows(w.Media, w.Channels), w.rows(w.Control, w.Controls)
	s := starts{
		StableMedia:   ridge(x, w.Channels, y),
		StableControl: ridge(z, w.Controls, y),
	}
	for m := range w.Channels {
		s.StableMedia[m] = sigmoid(math.Abs(s.StableMedia[m])) * scaleRatio(y, x)
		s.HillHalf = append(s.HillHalf, hillHalf(column(x, w.Channels, m)))
	}
	for c := range w.Controls {
		s.StableControl[c] *= scaleRatio(y, z) * math.Exp(controlDamping)
	}
	for region := range slices.Chunk(y, w.Weeks-w.BurnIn) {
		s.RegionBaseline = append(s.RegionBaseline, stat.Mean(region, nil))
	}
	return s
}

// rows returns x, [R, T, K], without the burn-in: [R · (T − BurnIn), K].
func (w *window) rows(x []float64, K int) []float64 {
	kept := make([]float64, 0, len(x))
	for r := range w.Regions {
		kept = append(kept, x[(r*w.Weeks+w.BurnIn)*K:(r+1)*w.Weeks*K]...)
	}
	return kept
}

// column returns column k of x, [rows, K].
func column(x []float64, K, k int) []float64 {
	col := make([]float64, 0, len(x)/K)
	for i := k; i < len(x); i += K {
		col = append(col, x[i])
	}
	return col
}

// ridge solves (XᵀX + 0.01·I)·β = Xᵀy for rows X, [rows, K], without an intercept (Hoerl and Kennard 1970).
func ridge(x []float64, K int, y []float64) []float64 {
	if K == 0 {
		return nil
	}
	X, Y := mat.NewDense(len(y), K, x), mat.NewVecDense(len(y), y)
	var gram mat.SymDense
	gram.SymOuterK(1, X.T())
	for k := range K {
		gram.SetSym(k, k, gram.At(k, k)+ridgePenalty)
	}
	var moments, beta mat.VecDense
	moments.MulVec(X.T(), Y)
	var cholesky mat.Cholesky
	if !cholesky.Factorize(&gram) || cholesky.SolveVecTo(&beta, &moments) != nil {
		panic("neural: a Gram matrix with a ridge on finite, scaled data is positive definite")
	}
	return beta.RawVector().Data
}

// scaleRatio returns std(y)/std(x) over all cells. For a constant x, such as the shares of a single channel, it takes 1 for
// std(x); the Python original divides by 0.
func scaleRatio(y, x []float64) float64 {
	if sd := stdDev(x); sd > 0 {
		return stdDev(y) / sd
	}
	return stdDev(y)
}

// hillHalf returns the raw half-saturation for a channel's typical share g, the 60th percentile of the shares on air,
// clipped to [0.05, 0.9]:
//
//	ln(e^g − 1) for g > 0.5, else ln(g/(1 − g + 1e-8))
//
// The first inverts the softplus. The second, the logit, is the original's, for which softplus(raw) is above g.
func hillHalf(shares []float64) float64 {
	shares = slices.DeleteFunc(shares, func(s float64) bool { return s <= onAir })
	if len(shares) <= fewestShares {
		return hillHalfUnset
	}
	slices.Sort(shares)
	g := min(max(panel.Quantile(shares, typicalShare), lowestHalf), highestHalf)
	if g > 0.5 {
		return math.Log(math.Expm1(g))
	}
	return math.Log(g / (1 - g + 1e-8))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
