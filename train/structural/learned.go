package structural

import (
	"math"

	"deepcausalmmm/train/model"
)

// How far the data determine a channel's effect is how far they narrow and move the prior of its strength, what an average week
// adds (its logarithm, unless it may be negative). With standard deviations sd of the posterior and sd_0 of the prior, and
// distance d of the fit from the prior's mean, the effect is
//
//	assumed  if sd > leastNarrowed · sd_0 and d < leastMoved · sd_0
//	learned  if sd < clearlyNarrowed · sd_0
//
// and partly learned otherwise. Where it is assumed the data have less than a fifth of the weight in it, and what they moved is within
// their noise or due to the priors of other parts: the smaller a constant channel is, the smaller a trend may be that multiplies the level.
const (
	leastNarrowed   = 0.9
	leastMoved      = 0.5
	clearlyNarrowed = 0.5
)

// sources says of each channel how far data determine its effect, on the average over the members.
func (s *sampler) sources() []model.Source {
	narrowed := make([]float64, s.members[0].Fit.Model.Data.Channels)
	moved := make([]float64, len(narrowed))
	for k, member := range s.members {
		m := member.Fit.Model
		priors := m.effectPriors().Named()
		for _, name := range []string{"effect.average", "effect.signed"} {
			at, known := m.offset(name)
			if !known {
				continue
			}
			p := s.posteriors[k]
			for c := range narrowed {
				narrowed[c] += member.Weight * p.sd(at+c) / priors[name].SD
				moved[c] += member.Weight * math.Abs(p.mode[at+c]-priors[name].Mean) / priors[name].SD
			}
		}
	}
	sources := make([]model.Source, len(narrowed))
	for c := range sources {
		switch {
		case narrowed[c] > leastNarrowed && moved[c] < leastMoved && s.members[0].Fit.Model.Data.everOn(c):
			sources[c] = model.Assumed
		case narrowed[c] < clearlyNarrowed:
			sources[c] = model.Learned
		default:
			sources[c] = model.PartlyLearned
		}
	}
	return sources
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

// sd is the standard deviation of a parameter that all regions share, by its position in the vector of all.
func (p *Posterior) sd(at int) float64 {
	for i, position := range p.layout.shared {
		if position == at {
			square := 0.0
			for _, x := range p.root.RawRowView(i) {
				square += x * x
			}
			return math.Sqrt(square)
		}
	}
	panic("structural: a parameter of single regions has no standard deviation here")
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
