package simulate

import "math"

// Truth is the causal truth of a world, in KPI units summed over the rows of the panel. Amounts are rounded to cents and
// parameters to six decimals. The keys of maps are column names.
type Truth struct {
	Seed    uint64  `json:"seed"`
	Regions int     `json:"regions"`
	Weeks   int     `json:"weeks"`
	Rows    int     `json:"rows"`    // region-weeks in the panel
	Noise   float64 `json:"noise"`   // as configured
	Missing float64 `json:"missing"` // as configured

	Target        string       `json:"target"`
	Channels      []string     `json:"channels"` // in the order of the columns
	Controls      []string     `json:"controls"`
	AdjacencyRule string       `json:"adjacency_rule"`
	Edges         [][2]string  `json:"edges"` // [parent, child]
	EdgeWeights   []EdgeWeight `json:"edge_weights"`
	CausalOrder   []string     `json:"causal_order"` // parents before children
	Upstream      []string     `json:"upstream"`     // channels with children and without parents

	// DirectContribution is the sum of the channel's own effect term, with all channels as observed.
	DirectContribution map[string]float64 `json:"direct_contribution"`
	// TotalEffect is the KPI observed less the KPI under do(channel := 0): in every region and week the channel's
	// activity is 0, both its plan and the part caused by its parents; that of its descendants follows; all else is equal.
	TotalEffect map[string]float64 `json:"total_effect"`
	// IndirectContribution is total less direct: the contribution through descendants. Total effects overlap along a path
	// and so add up to more than the media contribution; direct contributions add up to it exactly.
	IndirectContribution map[string]float64 `json:"indirect_contribution"`
	// ControlContribution is the sum of each control's term: of its deviations from the normal level.
	ControlContribution map[string]float64 `json:"control_contribution"`

	KPITotal   float64            `json:"kpi_total"`
	Components map[string]float64 `json:"components"` // of kpi_total: baseline, trend, season, controls, media, noise
	Shares     map[string]float64 `json:"shares"`     // components / kpi_total
	// NoiseWMAPE is Σ|noise| / Σ KPI, the error of a model that predicts everything except the noise.
	NoiseWMAPE float64 `json:"noise_wmape"`

	Carryover      map[string]float64 `json:"carryover"`       // adstock λ; A_t = (1−λ)·a_t + λ·A_{t−1}
	HalfSaturation map[string]float64 `json:"half_saturation"` // Hill k, in units of activity
	HillSlope      map[string]float64 `json:"hill_slope"`      // Hill n
	MediaEffect    map[string]float64 `json:"media_effect"`    // share of the baseline earned at full saturation

	// Activity is impressions / (ActivityUnit · RegionSize), around 1 in a typical week.
	ActivityUnit   map[string]float64 `json:"activity_unit"`
	RegionSize     map[string]float64 `json:"region_size"`
	RegionBaseline map[string]float64 `json:"region_baseline"` // KPI units per week
}

// EdgeWeight is one edge of the graph.
type EdgeWeight struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Weight float64 `json:"weight"` // child's activity per unit of the parent's adstocked activity, in the same week
	Share  float64 `json:"share"`  // of the child's observed impressions caused by this parent
}

// AdjacencyRule is the direction of an edge in Truth.Edges.
const AdjacencyRule = "edge [parent, child]"

// Truth computes the truth; for total effects it simulates the world again without each channel.
func (w *World) Truth() Truth {
	t := Truth{
		Seed: w.config.Seed, Regions: w.config.Regions, Weeks: w.config.Weeks, Rows: w.Rows(),
		Noise: w.config.Noise, Missing: w.config.Missing, Target: Target,
		Channels: w.config.Channels, Controls: append([]string{}, w.config.Controls...),
		AdjacencyRule: AdjacencyRule, CausalOrder: w.names(w.funnel.order), Upstream: w.names(w.funnel.upstream()),
	}
	w.addEdges(&t)
	w.addEffects(&t)
	w.addComponents(&t)
	w.addParameters(&t)
	return t
}

func (w *World) addEdges(truth *Truth) {
	truth.Edges, truth.EdgeWeights = [][2]string{}, []EdgeWeight{}
	for parent, from := range w.config.Channels {
		for child, to := range w.config.Channels {
			if weight := w.funnel.weight(parent, child); weight > 0 {
				truth.Edges = append(truth.Edges, [2]string{from, to})
				share := weight * w.impressions(w.observed.stock[parent]) / w.impressions(w.observed.activity[child])
				truth.EdgeWeights = append(truth.EdgeWeights, EdgeWeight{from, to, micro(weight), micro(share)})
			}
		}
	}
}

func (w *World) addEffects(truth *Truth) {
	truth.DirectContribution = map[string]float64{}
	truth.TotalEffect = map[string]float64{}
	truth.IndirectContribution = map[string]float64{}
	for m, name := range w.config.Channels {
		direct, total := w.sum(w.observed.media[m]), w.totalEffect(m)
		truth.DirectContribution[name] = cents(direct)
		truth.TotalEffect[name] = cents(total)
		truth.IndirectContribution[name] = cents(total - direct)
	}
	truth.ControlContribution = map[string]float64{}
	for c, name := range w.config.Controls {
		truth.ControlContribution[name] = cents(w.sum(w.given.controls[c]))
	}
}

// totalEffect returns the KPI observed less that under do(channel := 0).
func (w *World) totalEffect(channel int) float64 {
	return w.sum(w.observed.sales) - w.sum(w.play(channel).sales)
}

func (w *World) addComponents(truth *Truth) {
	kpi := w.sum(w.observed.sales)
	truth.KPITotal = cents(kpi)
	truth.Components, truth.Shares = map[string]float64{}, map[string]float64{}
	for name, terms := range map[string][]field{
		"baseline": {w.given.baseline},
		"trend":    {w.given.trend},
		"season":   {w.given.season},
		"controls": w.given.controls,
		"media":    w.observed.media,
		"noise":    {w.given.noise},
	} {
		total := 0.0
		for _, term := range terms {
			total += w.sum(term)
		}
		truth.Components[name], truth.Shares[name] = cents(total), micro(total/kpi)
	}
	truth.NoiseWMAPE = micro(w.sumOf(func(r, t int) float64 { return math.Abs(w.given.noise[r][t]) }) / kpi)
}

func (w *World) addParameters(truth *Truth) {
	truth.Carryover, truth.HalfSaturation = map[string]float64{}, map[string]float64{}
	truth.HillSlope, truth.MediaEffect = map[string]float64{}, map[string]float64{}
	truth.ActivityUnit = map[string]float64{}
	for _, channel := range w.channels {
		truth.Carryover[channel.name] = micro(channel.carryover)
		truth.HalfSaturation[channel.name] = micro(channel.half)
		truth.HillSlope[channel.name] = micro(channel.slope)
		truth.MediaEffect[channel.name] = micro(channel.effect)
		truth.ActivityUnit[channel.name] = channel.unit
	}
	truth.RegionSize, truth.RegionBaseline = map[string]float64{}, map[string]float64{}
	for _, region := range w.regions {
		truth.RegionSize[region.name] = micro(region.size)
		truth.RegionBaseline[region.name] = cents(region.baseline)
	}
}

// Rows returns the number of rows of the panel.
func (w *World) Rows() int { return int(w.sumOf(func(int, int) float64 { return 1 })) }

// sum adds up a field over the rows of the panel.
func (w *World) sum(f field) float64 {
	return w.sumOf(func(r, t int) float64 { return f[r][t] })
}

func (w *World) sumOf(value func(r, t int) float64) float64 {
	total := 0.0
	for r := range w.kept {
		for t, kept := range w.kept[r] {
			if kept {
				total += value(r, t)
			}
		}
	}
	return total
}

// impressions adds up activity times region size, in multiples of the channel's unit.
func (w *World) impressions(activity field) float64 {
	return w.sumOf(func(r, t int) float64 { return w.regions[r].size * activity[r][t] })
}

func (w *World) names(channels []int) []string {
	names := []string{}
	for _, channel := range channels {
		names = append(names, w.config.Channels[channel])
	}
	return names
}

func cents(x float64) float64 { return math.Round(x*1e2) / 1e2 }
func micro(x float64) float64 { return math.Round(x*1e6) / 1e6 }
