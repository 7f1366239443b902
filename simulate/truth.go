package simulate

import (
	"math"
	"time"
)

// Truth is the causal truth of a world, in KPI units summed over the rows of the panel. Amounts are rounded to cents and
// parameters to six decimals. The keys of maps are column names.
type Truth struct {
	World   string  `json:"world,omitempty"` // its name in the catalogue
	Seed    uint64  `json:"seed"`
	Regions int     `json:"regions"`
	Weeks   int     `json:"weeks"`
	Rows    int     `json:"rows"`    // region-weeks in the panel
	Noise   float64 `json:"noise"`   // as configured
	Missing float64 `json:"missing"` // as configured

	Target        string       `json:"target"`
	Channels      []string     `json:"channels"`                  // in the order of the columns
	Controls      []string     `json:"controls"`                  // columns
	Mediators     []string     `json:"mediators,omitempty"`       // columns that nobody buys; nodes of the graph with effects of their own
	HiddenControl []string     `json:"hidden_controls,omitempty"` // causes of plans and KPI that the panel does not show
	NoiseControls []string     `json:"noise_controls,omitempty"`  // those of the controls that have no effect
	Mechanism     Mechanism    `json:"mechanism"`                 // how edges act
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
	// IndirectContribution is total less direct: the contribution through descendants, and through the effects of other
	// channels that it raises. Total effects overlap along a path
	// and so add up to more than the media contribution; direct contributions add up to it exactly.
	IndirectContribution map[string]float64 `json:"indirect_contribution"`
	// ControlContribution is the sum of each control's term: of its deviations from the normal level.
	ControlContribution map[string]float64 `json:"control_contribution"`

	// DirectByRegion and TotalByRegion are the same by region and channel, if regions respond differently.
	DirectByRegion map[string]map[string]float64 `json:"direct_contribution_by_region,omitempty"`
	TotalByRegion  map[string]map[string]float64 `json:"total_effect_by_region,omitempty"`

	KPITotal   float64            `json:"kpi_total"`
	Components map[string]float64 `json:"components"` // of kpi_total: baseline, trend, season, controls, media, noise
	Shares     map[string]float64 `json:"shares"`     // components / kpi_total
	// NoiseWMAPE is Σ|noise| / Σ KPI, the error of a model that predicts everything except the noise.
	NoiseWMAPE float64 `json:"noise_wmape"`

	Forms          map[string]Form    `json:"forms"`
	Carryover      map[string]float64 `json:"carryover"`       // geometric λ; A_t = (1−λ)·a_t + λ·A_{t−1}
	HalfSaturation map[string]float64 `json:"half_saturation"` // Hill k, in units of activity
	HillSlope      map[string]float64 `json:"hill_slope"`      // Hill n
	MediaEffect    map[string]float64 `json:"media_effect"`    // share of the baseline earned at a saturation of 1

	LevelShifts []LevelShift `json:"level_shifts,omitempty"`
	Experiments []Lift       `json:"experiments,omitempty"`

	// Activity is impressions / (ActivityUnit · RegionSize), around 1 in a typical week.
	ActivityUnit   map[string]float64 `json:"activity_unit"`
	RegionSize     map[string]float64 `json:"region_size"`
	RegionBaseline map[string]float64 `json:"region_baseline"` // KPI units per week
}

// EdgeWeight is one edge of the graph.
type EdgeWeight struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Weight float64 `json:"weight"` // by amounts: child's activity per unit of the parent's adstocked activity, in the same week
	Share  float64 `json:"share"`  // of the child's observed impressions caused by this parent
}

// Form is the response of a channel. Parameters that a form does not have are absent.
type Form struct {
	Carryover  Carryover  `json:"carryover"`
	Retention  float64    `json:"retention,omitempty"` // λ of geometric and delayed
	Peak       float64    `json:"peak,omitempty"`      // θ of delayed, in weeks
	Shape      float64    `json:"shape,omitempty"`     // of Weibull
	Scale      float64    `json:"scale,omitempty"`     // of Weibull, in weeks
	MeanLag    float64    `json:"mean_lag"`            // of the weights, in weeks
	Saturation Saturation `json:"saturation"`
	Half       float64    `json:"half,omitempty"`  // k, in units of activity
	Slope      float64    `json:"slope,omitempty"` // n
}

// LevelShift is a lasting change of the baseline.
type LevelShift struct {
	Week  string  `json:"week"`  // the first
	Share float64 `json:"share"` // of the baseline
}

// AdjacencyRule is the direction of an edge in Truth.Edges.
const AdjacencyRule = "edge [parent, child]"

// Truth computes the truth; for total effects it simulates the world again without each channel.
func (w *World) Truth() Truth {
	t := Truth{
		Seed: w.config.Seed, Regions: w.config.Regions, Weeks: w.config.Weeks, Rows: w.Rows(),
		Noise: w.config.Noise, Missing: w.config.Missing, Target: Target,
		World: w.config.World, Channels: w.config.Channels, Controls: w.columns(),
		Mediators: w.config.Mediators, NoiseControls: w.config.noiseControls(), Mechanism: w.config.Mechanism,
		AdjacencyRule: AdjacencyRule, CausalOrder: w.names(w.funnel.order), Upstream: w.names(w.funnel.upstream()),
	}
	if w.hidden() {
		t.HiddenControl = w.config.Controls[:1]
	}
	w.addEdges(&t)
	w.addEffects(&t)
	w.addComponents(&t)
	w.addParameters(&t)
	t.Experiments = w.Lifts()
	return t
}

func (w *World) addEdges(truth *Truth) {
	truth.Edges, truth.EdgeWeights = [][2]string{}, []EdgeWeight{}
	for parent, from := range w.config.nodes() {
		for child, to := range w.config.nodes() {
			if weight := w.funnel.weight(parent, child); weight > 0 {
				truth.Edges = append(truth.Edges, [2]string{from, to})
				share := w.caused(parent, child, weight) / w.impressions(w.observed.activity[child])
				truth.EdgeWeights = append(truth.EdgeWeights, EdgeWeight{from, to, micro(weight), micro(share)})
			}
		}
	}
}

// caused returns the impressions of a child that an edge causes: by shares, those that it would lose if the parent's stock were 0.
func (w *World) caused(parent, child int, weight float64) float64 {
	if w.config.Mechanism == Amounts {
		return weight * w.impressions(w.observed.stock[parent])
	}
	lost := newField(w.config.Regions, w.config.Weeks)
	for r := range lost {
		for t, activity := range w.observed.activity[child][r] {
			lost[r][t] = activity * (1 - math.Pow(1+w.observed.stock[parent][r][t], -weight))
		}
	}
	return w.impressions(lost)
}

func (w *World) addEffects(truth *Truth) {
	truth.DirectContribution = map[string]float64{}
	truth.TotalEffect = map[string]float64{}
	truth.IndirectContribution = map[string]float64{}
	for m, name := range w.config.nodes() {
		without := w.silenced(m)
		direct, total := w.sum(w.observed.media[m]), w.sum(w.observed.sales)-w.sum(without)
		truth.DirectContribution[name] = cents(direct)
		truth.TotalEffect[name] = cents(total)
		truth.IndirectContribution[name] = cents(total - direct)
		w.addRegions(truth, m, without)
	}
	truth.ControlContribution = map[string]float64{}
	for c, control := range w.controls {
		truth.ControlContribution[control.name] = cents(w.sum(w.given.controls[c]))
	}
}

// silenced returns the KPI under do(node := 0).
func (w *World) silenced(m int) field { return w.play(change{do: map[int]float64{m: 0}}).sales }

// addRegions adds a node's effects by region, if they differ.
func (w *World) addRegions(truth *Truth, m int, without field) {
	if w.config.Spread == 0 {
		return
	}
	if truth.TotalByRegion == nil {
		truth.DirectByRegion, truth.TotalByRegion = map[string]map[string]float64{}, map[string]map[string]float64{}
	}
	for r, region := range w.regions {
		if truth.TotalByRegion[region.name] == nil {
			truth.DirectByRegion[region.name], truth.TotalByRegion[region.name] = map[string]float64{}, map[string]float64{}
		}
		direct, total := 0.0, 0.0
		for t, kept := range w.kept[r] {
			if kept {
				direct += w.observed.media[m][r][t]
				total += w.observed.sales[r][t] - without[r][t]
			}
		}
		name := w.channels[m].name
		truth.DirectByRegion[region.name][name], truth.TotalByRegion[region.name][name] = cents(direct), cents(total)
	}
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
	truth.Forms, truth.ActivityUnit = map[string]Form{}, map[string]float64{}
	for _, channel := range w.channels {
		truth.Forms[channel.name] = channel.response()
		if channel.carry.form == Geometric {
			truth.Carryover[channel.name] = micro(channel.carry.retention)
		}
		if channel.curve.isHill() {
			truth.HalfSaturation[channel.name] = micro(channel.curve.half)
			truth.HillSlope[channel.name] = micro(channel.curve.slope)
		}
		truth.MediaEffect[channel.name] = micro(channel.effect)
		truth.ActivityUnit[channel.name] = channel.unit
	}
	for _, s := range w.shifts {
		truth.LevelShifts = append(truth.LevelShifts, LevelShift{w.weeks[s.week].Format(time.DateOnly), micro(s.share)})
	}
	truth.RegionSize, truth.RegionBaseline = map[string]float64{}, map[string]float64{}
	for _, region := range w.regions {
		truth.RegionSize[region.name] = micro(region.size)
		truth.RegionBaseline[region.name] = cents(region.baseline)
	}
}

// response returns the form of a channel's response.
func (m medium) response() Form {
	f := Form{
		Carryover: m.carry.form, Retention: micro(m.carry.retention), Peak: micro(m.carry.peak), Shape: micro(m.carry.shape),
		Scale: micro(m.carry.scale), Saturation: m.curve.form,
	}
	for l, weight := range m.carry.weights() {
		f.MeanLag += float64(l) * weight
	}
	f.MeanLag = micro(f.MeanLag)
	if m.curve.isHill() || m.curve.form == Exponential {
		f.Half = micro(m.curve.half)
	}
	if m.curve.isHill() || m.curve.form == Power {
		f.Slope = micro(m.curve.slope)
	}
	return f
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
		names = append(names, w.channels[channel].name)
	}
	return names
}

func cents(x float64) float64 { return math.Round(x*1e2) / 1e2 }
func micro(x float64) float64 { return math.Round(x*1e6) / 1e6 }
