package notice

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"deepcausalmmm/panel"
)

// A value of a column is outlying if its distance from the region's median, in logarithms, is
//
//	|d| > z · b_n · 1.4826 · median |d|   and   |d| ≥ ln leastFactor
//
// where z is the quantile that makes falseAlarm the expected number of outlying cells in a panel of normal logarithms (Bonferroni's
// bound over all cells of all columns; Davies and Gather 1993 on such identifiers), and b_n widens the scale to the upper end of
// what n values say about it: its relative standard error is 1.17/√n (Rousseeuw and Croux 1993). The scale is the larger of the
// column's and the region's own. Where more than mostOutlying of the values are that far, and more than three, they are not
// outlying but how the column is. Bursts of exposure are usual too: there, an outlier is gap times what is furthest of the others.
const (
	falseAlarm   = 0.001
	leastFactor  = 3
	mostOutlying = 0.003
	gap          = 2
	fewValues    = 20   // below which the scale is too uncertain
	minSpread    = 0.05 // of the logarithms, for columns that hardly vary
)

// value is a cell's value of a column, above 0.
type value struct {
	cell int
	x    float64
}

// outlier is a value that is far from its region's median.
type outlier struct {
	value
	factor float64 // of the median, above or below 1
}

// outliers finds those of a column, the furthest first. common reports that all regions move alike from week to week, so that each
// is compared with the others; else there must be a gap.
func (s *sample) outliers(values []value, common bool) []outlier {
	if len(values) < fewValues {
		return nil
	}
	distance := make([]float64, len(values))
	for i, v := range values {
		distance[i] = math.Log(v.x)
	}
	centre(distance, values, s.region)
	if common && len(s.Regions) > 2 {
		centre(distance, values, func(cell int) int { return cell % len(s.Weeks) })
	}
	up, down := slices.Clone(distance), make([]float64, len(distance))
	for i, d := range distance {
		down[i] = -d
	}
	slices.Sort(up)
	slices.Sort(down)
	limit, own := s.limit(distance), s.limits(distance, values)
	above, below := limit, limit
	most := int(max(3, mostOutlying*float64(len(values))))
	if !common {
		above, below = isolated(up, limit, most), isolated(down, limit, most)
	}
	var found []outlier
	for i, d := range distance {
		if math.Abs(d) >= own[s.region(values[i].cell)] && (d >= above || -d >= below) {
			found = append(found, outlier{values[i], math.Exp(d)})
		}
	}
	if len(found) > most {
		return nil
	}
	slices.SortStableFunc(found, func(a, b outlier) int { return compareSize(math.Log(b.factor), math.Log(a.factor)) })
	return found
}

// limit is the distance from the median beyond which a value is outlying, given those of all values.
func (s *sample) limit(distance []float64) float64 {
	sizes := make([]float64, len(distance))
	for i, d := range distance {
		sizes[i] = math.Abs(d)
	}
	slices.Sort(sizes)
	tests := float64(len(s.cells) * (2*len(s.Channels) + 1)) // of the target, exposures and costs, on either side
	quantile := -distuv.UnitNormal.Quantile(falseAlarm / tests / 2)
	widest := 1 + 3*1.17/math.Sqrt(float64(len(sizes)))
	return max(quantile*widest*max(1.4826*panel.Median(sizes), minSpread), math.Log(leastFactor))
}

// limits are those of each region's own values, 0 where these are few.
func (s *sample) limits(distance []float64, values []value) []float64 {
	byRegion := make([][]float64, len(s.Regions))
	for i, v := range values {
		r := s.region(v.cell)
		byRegion[r] = append(byRegion[r], distance[i])
	}
	limits := make([]float64, len(s.Regions))
	for r, own := range byRegion {
		if len(own) >= fewValues {
			limits[r] = s.limit(own)
		}
	}
	return limits
}

// isolated is the least of the sorted values beyond the limit that a gap separates from all that are smaller, if at most most are
// beyond the gap; else it is infinite.
func isolated(sorted []float64, limit float64, most int) float64 {
	least := math.Inf(1)
	for i := len(sorted) - 1; i >= max(1, len(sorted)-most) && sorted[i] >= limit; i-- {
		if sorted[i]-sorted[i-1] >= math.Log(gap) {
			least = sorted[i]
		}
	}
	return least
}

// centre subtracts from each value the median of its group.
func centre(x []float64, values []value, group func(cell int) int) {
	members := map[int][]float64{}
	for i, v := range values {
		members[group(v.cell)] = append(members[group(v.cell)], x[i])
	}
	median := map[int]float64{}
	for g, all := range members {
		slices.Sort(all)
		median[g] = panel.Median(all)
	}
	for i, v := range values {
		x[i] -= median[group(v.cell)]
	}
}

// outlyingCells lists target and exposure that are far from what is usual in the region. Little exposure is not outlying.
func (s *sample) outlyingCells() []Notice {
	var columns []string
	var found []outlier
	add := func(column string, outliers []outlier) {
		for _, o := range outliers {
			columns, found = append(columns, column), append(found, o)
		}
	}
	if len(s.Target) > 0 {
		add(s.targetName(), s.outliers(s.values(func(cell int) float64 {
			if s.Filled[cell] {
				return 0
			}
			return s.Target[cell]
		}), true))
	}
	for m, name := range s.Channels {
		all := s.outliers(s.values(func(cell int) float64 { return s.exposure(cell, m) }), false)
		add(name, s.withoutCampaigns(slices.DeleteFunc(all, func(o outlier) bool { return o.factor < 1 })))
	}
	return s.outlying(OutlyingCells, "outlying: %s; errors of this size move what is learned, and events want a control", columns, found)
}

// withoutCampaigns leaves out what a campaign looks like: much exposure in adjacent weeks of a region, or in several regions at once.
func (s *sample) withoutCampaigns(found []outlier) []outlier {
	T := len(s.Weeks)
	joined := func(a, b int) bool {
		return a%T == b%T && a != b || s.region(a) == s.region(b) && max(a, b)-min(a, b) == 1
	}
	all := slices.Clone(found)
	return slices.DeleteFunc(found, func(o outlier) bool {
		return slices.ContainsFunc(all, func(other outlier) bool { return joined(o.cell, other.cell) })
	})
}

// outlyingCosts lists the weeks in which a unit of exposure cost far more or less than is usual in the region. Weeks with little
// of either do not count.
func (s *sample) outlyingCosts() []Notice {
	var columns []string
	var found []outlier
	for m, name := range s.Channels {
		column, ok := s.SpendColumn(m)
		if !ok {
			continue
		}
		spend := func(cell int) float64 { return s.Spend[cell*len(s.SpendNames)+column] }
		usualSpend, usualExposure := s.average(spend), s.average(func(cell int) float64 { return s.exposure(cell, m) })
		for _, o := range s.outliers(s.values(func(cell int) float64 {
			if spend(cell) < smallPart*usualSpend || s.exposure(cell, m) < smallPart*usualExposure {
				return 0
			}
			return spend(cell) / s.exposure(cell, m)
		}), false) {
			columns, found = append(columns, name), append(found, o)
		}
	}
	return s.outlying(OutlyingCosts, "outlying cost per unit: %s; spend or exposure is probably in another unit there", columns, found)
}

// outlying is the notice of outliers, with their columns: places and values.
func (s *sample) outlying(kind Kind, text string, columns []string, found []outlier) []Notice {
	var shown []string
	for i, o := range found {
		shown = append(shown, fmt.Sprintf("%s in %s (%.4g, usually %.4g)", columns[i], s.place(o.cell), o.x, o.x/o.factor))
	}
	return of(kind, slices.Compact(columns), text, listed(shown))
}

// values are a column's values above 0.
func (s *sample) values(of func(cell int) float64) []value {
	var all []value
	for _, cell := range s.cells {
		if x := of(cell); x > 0 && !math.IsInf(x, 0) {
			all = append(all, value{cell, x})
		}
	}
	return all
}

// average is the mean over the training cells.
func (s *sample) average(of func(cell int) float64) float64 {
	sum := 0.0
	for _, cell := range s.cells {
		sum += of(cell)
	}
	return sum / max(1, float64(len(s.cells)))
}

func (s *sample) targetName() string {
	if s.Report.TargetName == "" {
		return "the target"
	}
	return s.Report.TargetName
}
