package structural

import (
	"math"

	"deepcausalmmm/train/model"

	"gonum.org/v1/gonum/floats"
)

// How far the data determine a channel's effect is how far they narrow and move its prior. The effect is that of an average week (its
// logarithm, unless it may be negative), in which the channel's own part and the factor of all channels come together: what others tell
// of media does not tell a channel from them. With standard deviations sd of the posterior and sd_0 of the prior, and the distance d of
// the fit from the prior's mean, the effect is
//
//	assumed  if sd > leastNarrowed · sd_0 and d < leastMoved · sd_0 of the channel's own part
//	learned  if sd < clearlyNarrowed · sd_0 of the effect
//
// and partly learned otherwise. Where it is assumed the data have at most about a third of the weight in the channel's part, and what they
// moved is within their noise or due to the priors of other parts: the smaller a constant channel is, the smaller a trend may be that
// multiplies the level.
const (
	leastNarrowed   = 0.8
	leastMoved      = 0.5
	clearlyNarrowed = 0.5
)

// sources says of each channel how far data determine its effect, on the average over the members.
func (s *sampler) sources() []model.Source {
	M := s.members[0].Fit.Model.Data.Channels
	own, narrowed, moved := make([]float64, M), make([]float64, M), make([]float64, M)
	for k, member := range s.members {
		m := member.Fit.Model
		at, known := m.offset("effect.average")
		of := logEffect
		if !known {
			at, known = m.offset("effect.signed")
			of = signedEffect
		}
		if !known {
			continue
		}
		p, priors := s.posteriors[k], m.effectPriors()
		prior, together := priors.Average, priors.Together
		if m.Shape.Signed {
			prior = priors.Signed
		}
		shared, _ := m.offset("effect.together")
		_, byOwn, byTogether := of(prior.Mean, together.Mean)
		sd := math.Hypot(byOwn*prior.SD, byTogether*together.SD)
		for c := range M {
			_, byOwn, byTogether := of(p.mode[at+c], p.mode[shared])
			own[c] += member.Weight * p.sd(map[int]float64{at + c: 1}) / prior.SD
			narrowed[c] += member.Weight * p.sd(map[int]float64{at + c: byOwn, shared: byTogether}) / sd
			moved[c] += member.Weight * math.Abs(p.mode[at+c]-prior.Mean) / prior.SD
		}
	}
	sources := make([]model.Source, M)
	for c := range sources {
		switch {
		case own[c] > leastNarrowed && moved[c] < leastMoved && s.members[0].Fit.Model.Data.everOn(c):
			sources[c] = model.Assumed
		case narrowed[c] < clearlyNarrowed:
			sources[c] = model.Learned
		default:
			sources[c] = model.PartlyLearned
		}
	}
	return sources
}

// logEffect is the logarithm of an effect e^(own + together), up to what is expected, and its derivatives.
func logEffect(own, together float64) (effect, byOwn, byTogether float64) {
	return own + together, 1, 1
}

// signedEffect is an effect own·e^together of either sign, and its derivatives.
func signedEffect(own, together float64) (effect, byOwn, byTogether float64) {
	factor := math.Exp(together)
	return own * factor, factor, own * factor
}

// everOn reports whether a channel has any exposure.
func (d *Data) everOn(c int) bool {
	for i := c; i < len(d.Media); i += d.Channels {
		if d.Media[i] > 0 {
			return true
		}
	}
	return false
}

// sd is the standard deviation of a weighted sum of parameters that all regions share, given the weights by the positions in the vector of
// all.
func (p *Posterior) sd(weights map[int]float64) float64 {
	sum := make([]float64, len(p.layout.shared))
	for i, at := range p.layout.shared {
		floats.AddScaled(sum, weights[at], p.root.RawRowView(i))
	}
	return floats.Norm(sum, 2)
}

// offset is where a parameter begins in the vector of all.
func (m *Model) offset(name string) (at int, known bool) {
	for _, p := range m.Parameters {
		if p.Name == name {
			return at, true
		}
		at += len(p.Value.Float64s())
	}
	return 0, false
}
