package structural

import (
	"math"
	"slices"

	"deepcausalmmm/train/model"

	"gonum.org/v1/gonum/floats"
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
			p, prior := s.posteriors[k], priors[name]
			together, shared := m.offset("effect.together")
			for c := range narrowed {
				sd, positions, from := prior.SD, []int{at + c}, p.mode[at+c]-prior.Mean
				if shared { // β_m and β have one sum
					sd, positions = math.Hypot(sd, priors["effect.together"].SD), append(positions, together)
					from += p.mode[together]
				}
				narrowed[c] += member.Weight * p.sd(positions...) / sd
				moved[c] += member.Weight * math.Abs(from) / sd
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

// sd is the standard deviation of a sum of parameters that all regions share, by their positions in the vector of all.
func (p *Posterior) sd(positions ...int) float64 {
	sum := make([]float64, len(p.layout.shared))
	for i, at := range p.layout.shared {
		if slices.Contains(positions, at) {
			floats.Add(sum, p.root.RawRowView(i))
		}
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
