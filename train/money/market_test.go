package money

import (
	"math"
	"math/rand/v2"
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// world is a market whose sales have a closed form: channel c sells Effect[c]·curve(carried exposure) in each cell, and its exposure
// moves others in the same week, by amounts or by shares.
type world struct {
	p        *panel.Panel
	effect   []float64                                      // [M]
	curve    func(c int, x float64) float64                 // nil: linear
	decay    []float64                                      // [M] of a geometric carry-over with weights decay^lag; nil: none
	edges    map[[2]int]float64                             // parent, child; parents have lower numbers
	shares   bool                                           // by shares
	together func(c int, sold float64, x []float64) float64 // nil: additive

	exposure, sold []float64
	runs           int
}

func (w *world) size() (R, T, M int) { return len(w.p.Regions), len(w.p.Weeks), len(w.p.Channels) }

func (w *world) Planned() []float64 {
	own := slices.Clone(w.p.Media)
	if w.shares {
		return own
	}
	_, _, M := w.size()
	for i := range own {
		for e, weight := range w.edges {
			if e[1] == i%M {
				own[i] -= weight * w.p.Media[i-e[1]+e[0]]
			}
		}
		own[i] = max(0, min(own[i], w.p.Media[i]))
	}
	return own
}

func (w *world) Run(own []float64, held []bool) error {
	R, T, M := w.size()
	w.runs++
	planned := w.Planned()
	w.exposure, w.sold = slices.Clone(own), make([]float64, R*T*M)
	for cell := range R * T {
		row, was := w.exposure[cell*M:(cell+1)*M], w.p.Media[cell*M:(cell+1)*M]
		for c := range M {
			if held != nil && held[c] {
				continue
			}
			delta := 0.0
			for a := range c {
				weight := w.edges[[2]int{a, c}]
				if w.shares {
					delta += weight * (math.Log1p(row[a]) - math.Log1p(was[a]))
				} else {
					delta += weight * (row[a] - was[a])
				}
			}
			if w.shares {
				row[c] = (1+own[cell*M+c])*math.Exp(delta) - 1
			} else {
				row[c] = max(0, was[c]-planned[cell*M+c]+own[cell*M+c]+delta)
			}
		}
	}
	for r := range R {
		for c := range M {
			carried := 0.0
			for t := range T {
				i := (r*T+t)*M + c
				if w.decay != nil {
					carried *= w.decay[c]
				} else {
					carried = 0
				}
				carried += w.exposure[i]
				y := carried
				if w.curve != nil {
					y = w.curve(c, carried)
				}
				w.sold[i] = w.effect[c] * y
				if w.together != nil {
					w.sold[i] = w.together(c, w.sold[i], w.exposure[i-c:i-c+M])
				}
			}
		}
	}
	return nil
}

func (w *world) Exposure() []float64 { return w.exposure }
func (w *world) Sold() []float64     { return w.sold }
func (w *world) Additive() bool      { return w.together == nil }

func (w *world) Pull(_, _ []float64) ([]float64, error) { panic("accounts need no gradients") }

func (w *world) Reach(c int) []int {
	_, _, M := w.size()
	reach := []int{c}
	for j := c + 1; j < M; j++ {
		for _, i := range reach {
			if w.edges[[2]int{i, j}] != 0 {
				reach = append(reach, j)
				break
			}
		}
	}
	return reach
}

// shop is a panel of R regions, T weeks and M paid channels, each with a price in each region.
func shop(R, T, M int, seed uint64) *panel.Panel {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := panel.Panel{SpendOf: make([]int, M)}
	for r := range R {
		p.Regions = append(p.Regions, string(rune('a'+r)))
	}
	for t := range T {
		p.Weeks = append(p.Weeks, string([]rune{'1', rune('0' + t/10), rune('0' + t%10)}))
	}
	for c := range M {
		p.Channels = append(p.Channels, []string{"tv", "radio", "search", "mail", "posters"}[c])
		p.SpendNames = append(p.SpendNames, p.Channels[c]+"_cost")
		p.SpendOf[c] = c
	}
	for range R {
		price := make([]float64, M)
		for c := range price {
			price[c] = 0.5 + rng.Float64()
		}
		for range T {
			for c := range M {
				x := math.Floor(4*rng.Float64()) * (3 + float64(c))
				p.Media, p.Spend = append(p.Media, x), append(p.Spend, price[c]*x)
			}
			p.Target = append(p.Target, 100)
		}
	}
	full, err := panel.New(p)
	if err != nil {
		panic(err)
	}
	return full
}

// effectsOf are the effects that a model of these worlds would report: the means over them, and the interval of their draws.
func effectsOf(p *panel.Panel, worlds []*world) (effects []model.Effect, parts []model.Part) {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	part := model.Part{Name: model.PartTrain, Span: panel.Span{To: T}, Regions: R}
	for c, name := range p.Channels {
		direct, total, cells := make([]float64, len(worlds)), make([]float64, len(worlds)), make([]float64, R*T)
		for k, w := range worlds {
			must(w.Run(w.Planned(), nil))
			for i, y := range w.sold {
				total[k] += y
				if i%M == c {
					direct[k] += y
					cells[i/M] += y / float64(len(worlds))
				}
			}
			own, held := w.Planned(), make([]bool, M)
			held[c] = true
			for i := c; i < len(own); i += M {
				own[i] = 0
			}
			must(w.Run(own, held))
			for i, y := range w.sold {
				total[k] -= y
				if i%M == c {
					direct[k] -= y
				}
			}
		}
		part.Add(model.Component{Name: name, Kind: model.Media, Value: cells})
		indirect := make([]float64, len(worlds))
		for k := range indirect {
			indirect[k] = total[k] - direct[k]
		}
		for i, draws := range [][]float64{direct, indirect, total} {
			s := spreadOf(draws)
			low, high := s.mean-1.5*s.below-0.01, s.mean+0.8*s.above+0.02 // of more draws than these
			effects = append(effects, model.Effect{
				Channel: name, Kind: []model.EffectKind{model.Direct, model.Indirect, model.Total}[i], Value: s.mean, Low: &low, High: &high,
				Source: model.Learned,
			})
		}
	}
	return effects, []model.Part{part}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// accounts are those of worlds.
func accounts(p *panel.Panel, byRegion bool, worlds ...*world) (*Accounts, error) {
	var markets []model.Market
	for _, w := range worlds {
		w.p = p
		markets = append(markets, w)
	}
	effects, parts := effectsOf(p, worlds)
	return Of(Input{Panel: p, Effects: effects, Parts: parts, ByRegion: byRegion}, markets)
}
