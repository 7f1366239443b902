package train

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Origin is a rolling origin: the weeks before it train a model, which forecasts those that follow it.
type Origin struct {
	From, To string // the first and the last week of the forecast
	Trained  int    // weeks
	Holdout  Figures
	Naive    Baselines
}

// Validation holds the figures of forecasts from rolling origins (Tashman 2000).
type Validation struct {
	Origins    []Origin
	Resolution panel.Resolution
}

// Validate trains the configuration's model k times, each time on fewer weeks, and compares its forecasts of the following weeks
// with naive ones. The last origin is the holdout's; origins are one horizon apart. A model sees nothing after its origin. An
// origin that cannot be fitted, such as one before a region opens, is skipped.
func Validate(ctx context.Context, c Config, p *panel.Panel, k int, logf func(string, ...any)) (Validation, error) {
	horizon, err := HasOrigins(c, p, k)
	if err != nil {
		return Validation{}, err
	}
	v := Validation{Resolution: p.Resolution}
	var skipped error
	for i := range k {
		to := len(p.Weeks) - (k-1-i)*horizon
		before, err := p.First(to)
		if err != nil {
			return v, err
		}
		here := c
		here.HoldoutRatio = (float64(horizon) + 0.5) / float64(to) // exactly the horizon, however it is rounded
		if dated, ok := c.Settings.(model.Dated); ok {
			here.Settings = dated.Until(p, to-horizon)
		}
		t, err := New(here, before, model.Observer{})
		if unfit := (&panel.TargetMeanError{}); errors.As(err, &unfit) {
			skipped = err
			logf("warning: origin %d of %d, %s, is skipped: %v", i+1, k, p.Weeks[to-horizon], err)
			continue
		}
		if err != nil {
			return v, err
		}
		if s, ok := t.training.(model.Sampler); ok {
			s.Sample(1) // no interval is looked at
		}
		r, err := t.Run(ctx)
		if err != nil {
			return v, fmt.Errorf("origin %s: %w", p.Weeks[to-horizon], err)
		}
		o := Origin{p.Weeks[to-horizon], p.Weeks[to-1], to - horizon, *r.Metrics.Holdout, *r.Metrics.Baselines}
		v.Origins = append(v.Origins, o)
		logf("origin %d of %d: %s to %s, wMAPE %.2f %%; best naive forecast %.2f %%", i+1, k, o.From, o.To, 100*o.Holdout.WMAPE,
			100*o.Naive.Best())
	}
	if len(v.Origins) == 0 {
		return v, fmt.Errorf("none of %d origins can be fitted; the last: %w", k, skipped)
	}
	return v, nil
}

// HasOrigins returns the number of weeks that Validate would forecast from each of k origins. It fails if there are too few.
func HasOrigins(c Config, p *panel.Panel, k int) (horizon int, err error) {
	train, holdout, err := p.Split(c.HoldoutRatio, c.minTrain(p))
	if err != nil {
		return 0, err
	}
	if horizon = holdout.Len(); horizon == 0 {
		return 0, &ConfigError{Source: "configuration", Key: "holdout_ratio", Problem: "0 leaves no weeks to forecast from an origin"}
	}
	if first, least := train.To-(k-1)*horizon, c.minTrain(p); first < least {
		noun := p.Resolution.Noun
		return 0, fmt.Errorf("%s: %d origins of %d %s leave %d %s to train on, of at least %d (ask for %d)", p.Report.File, k, horizon,
			noun(2), max(first, 0), noun(2), least, 1+(train.To-least)/horizon)
	}
	return horizon, nil
}

// minTrain is the fewest rows that must remain for training: min_train_weeks, or fewer of months and quarters.
func (c Config) minTrain(p *panel.Panel) int {
	return min(c.MinTrainWeeks, p.Resolution.Rows(float64(c.MinTrainWeeks)))
}

// forecasts are the naive forecasts in the order of metrics.json; nil if there is none.
func (b Baselines) forecasts() []*Figures {
	return []*Figures{b.RegionMean, b.LastValue, b.Last8Mean, b.LastYear}
}

// wmapes are the model's error and the naive forecasts', NaN if there is none.
func (o Origin) wmapes() []float64 {
	all := []float64{o.Holdout.WMAPE}
	for _, f := range o.Naive.forecasts() {
		if f == nil {
			all = append(all, math.NaN())
			continue
		}
		all = append(all, f.WMAPE)
	}
	return all
}

// Summary is one line with the mean errors, each over the origins that have one.
func (v Validation) Summary() string {
	means := make([]float64, 5)
	for i := range means {
		n := 0.0
		for _, o := range v.Origins {
			if x := o.wmapes()[i]; !math.IsNaN(x) {
				means[i], n = means[i]+x, n+1
			}
		}
		means[i] /= n
	}
	return fmt.Sprintf("mean wMAPE over %d origins: model %.2f %%; naive: region mean %.2f %%, last value %.2f %%, %s "+
		"%.2f %%, %s %.2f %%", len(v.Origins), 100*means[0], 100*means[1], 100*means[2], recentName(v.Resolution), 100*means[3],
		lastYearName(v.Resolution), 100*means[4])
}

// Write writes cv.csv to dir, which must exist.
func (v Validation) Write(dir string) error {
	return files.Write(dir, files.As(validationFile, func(w io.Writer) error {
		t := table{csv: csv.NewWriter(w)}
		t.row("from", "to", "weeks_trained", "wmape", "region_mean", "last_value", "last_8_mean", "last_year")
		for _, o := range v.Origins {
			row := []string{o.From, o.To, strconv.Itoa(o.Trained)}
			for _, x := range o.wmapes() {
				row = append(row, number(x))
			}
			t.row(row...)
		}
		return t.end()
	}))
}
