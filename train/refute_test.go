package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// linear is least squares: sales in multiples of a region's mean are linear in exposure and controls. Its effects and their standard
// errors are exact, so that the checks' verdicts do not depend on a model's finer points.
type linear struct {
	asked *[]float64 // the parts that Settled was asked for
}

type linearSettings struct {
	Intervals bool    `yaml:"intervals" default:"true" doc:"effects have intervals of 80 %"`
	Part      float64 `yaml:"part" default:"0" range:"[0, 10]" doc:"set by Settled"`
}

func (linear) Name() string   { return "linear" }
func (linear) Preset() string { return "squares" }

func (linear) Defaults() (model.Shared, any) {
	var shared model.Shared
	own := &linearSettings{}
	settings.SetDefaults(&shared, own)
	return shared, own
}

func (l linear) Settled(of any, _ *model.Outcome, part float64) any {
	own := *of.(*linearSettings)
	own.Part = part
	*l.asked = append(*l.asked, part)
	return &own
}

func (linear) Prepare(task model.Task) (model.Training, error) { return linearTraining{task}, nil }

func (linear) Open(*modelfile.Reader, model.Task) (model.Fitted, error) {
	return nil, errors.New("it is not read back")
}

type linearTraining struct{ task model.Task }

func (linearTraining) KeepEffects() {}

func (t linearTraining) Run(ctx context.Context) (*model.Outcome, error) {
	if ctx.Err() != nil {
		return nil, &model.Interrupted{Before: "the fit", Cause: ctx.Err()}
	}
	p, M, C := t.task.Panel, len(t.task.Panel.Channels), len(t.task.Panel.Controls)
	T, K := len(p.Weeks), 1+M+C
	means, err := p.TargetMeans(t.task.Train)
	if err != nil {
		return nil, err
	}
	row := func(cell int) []float64 {
		return slices.Concat([]float64{1}, p.Media[cell*M:(cell+1)*M], p.Control[cell*C:(cell+1)*C])
	}
	moments, with, n, square := mat.NewSymDense(K, nil), mat.NewVecDense(K, nil), 0.0, 0.0
	for k := range K {
		moments.SetSym(k, k, 1e-9) // of a channel that is never on
	}
	for cell, y := range p.Target {
		if y /= means[cell/T]; cell%T < t.task.Train.To && !p.Filled[cell] {
			x := mat.NewVecDense(K, row(cell))
			moments.SymRankOne(moments, 1, x)
			with.AddScaledVec(with, y, x)
			n, square = n+1, square+y*y
		}
	}
	var solver mat.Cholesky
	var b mat.VecDense
	var inverse mat.SymDense
	if !solver.Factorize(moments) {
		return nil, errors.New("columns are collinear")
	}
	if err := errors.Join(solver.SolveVecTo(&b, with), solver.InverseTo(&inverse)); err != nil {
		return nil, err
	}
	variance := (square - mat.Dot(&b, with)) / (n - float64(K))
	d := &model.Inference{Choice: &model.Choice{}}
	exposed := make([]float64, M)
	for cell := range p.Target {
		d.KPI += means[cell/T] * mat.Dot(&b, mat.NewVecDense(K, row(cell)))
		for c := range M {
			exposed[c] += means[cell/T] * p.Media[cell*M+c]
		}
	}
	for c, name := range p.Channels {
		value, se := b.AtVec(1+c)*exposed[c], math.Sqrt(variance*inverse.At(1+c, 1+c))*exposed[c]
		for _, kind := range []model.EffectKind{model.Direct, model.Indirect, model.Total} {
			e := model.Effect{Channel: name, Kind: kind}
			if kind != model.Indirect {
				low, high := value-1.2816*se, value+1.2816*se
				e.Value, e.Share = value, value/d.KPI
				if t.task.Settings.(*linearSettings).Intervals {
					e.Low, e.High = &low, &high
				}
			}
			d.Effects = append(d.Effects, e)
		}
	}
	f := &meanFitted{p, means}
	parts, err := f.Predict(p, 0, t.task.Spans())
	return &model.Outcome{
		Fitted: f, Parts: parts, Steps: 1, History: model.History{Columns: []string{"step"}, Rows: [][]float64{{0}}},
		Description: model.Description{Inference: d},
	}, err
}

// worldConfig is a configuration of least squares, which is registered for the test.
func worldConfig(t *testing.T, intervals bool) (c Config, asked *[]float64) {
	registered := models
	asked = new([]float64)
	models = append(models[:len(models):len(models)], linear{asked})
	t.Cleanup(func() { models = registered })
	return configOf(t, "squares", fmt.Sprintf("intervals=%t", intervals)), asked
}

// The small world of these tests: tv and radio are on all the time, app starts in week launch.
const (
	worldRegions, worldWeeks, launch = 5, 104, 60
	tv, radio, app                   = 0, 1, 2
)

// shopWorld is a panel in which each channel sells in proportion to its exposure. The callback may change the exposures
// [R, T, 3], and adds what else sells in multiples of a region's level.
func shopWorld(t *testing.T, change func(media []float64) (sells func(region, week int) float64)) *panel.Panel {
	rng := rand.New(rand.NewPCG(5, 6))
	p := panel.Panel{Channels: []string{"tv", "radio", "app"}, Controls: []string{"price"}}
	for r := range worldRegions {
		p.Regions = append(p.Regions, fmt.Sprintf("region %d", r))
		for w := range worldWeeks {
			p.Control = append(p.Control, rng.NormFloat64())
			for c := range p.Channels {
				x := math.Exp(rng.NormFloat64())
				if c == app && w < launch {
					x = 0
				}
				p.Media = append(p.Media, x)
			}
		}
	}
	sells := func(int, int) float64 { return 0 }
	if change != nil {
		sells = change(p.Media)
	}
	for r := range worldRegions {
		for w := range worldWeeks {
			x := p.Media[(r*worldWeeks+w)*3:]
			y := 1 + 0.1*x[tv] + 0.06*x[radio] + 0.05*x[app] + 0.03*p.Control[r*worldWeeks+w] + sells(r, w) + 0.02*rng.NormFloat64()
			p.Target = append(p.Target, float64(r+1)*100*y)
		}
	}
	for w := range worldWeeks {
		p.Weeks = append(p.Weeks, fmt.Sprint(w+1))
	}
	full, err := panel.New(p)
	require.NoError(t, err)
	return full
}

// refuted trains and checks.
func refuted(t *testing.T, c Config, p *panel.Panel) *Result {
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.CanRefute())
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	r.Refutation, err = Refute(t.Context(), r, t.Logf)
	require.NoError(t, err)
	for _, line := range r.Refutation.Lines() {
		t.Log(line)
	}
	return r
}

func (r *Refutation) of(t *testing.T, kind CheckKind, channel string) Check {
	at := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Kind == kind && (c.Channel == channel || channel == "") })
	require.GreaterOrEqual(t, at, 0, "%s of %s in %v", kind, channel, r.Checks)
	return r.Checks[at]
}

// A world as the model assumes it survives all checks; the same result gives the same checks.
func TestTrueResultIsNotRefuted(t *testing.T) {
	for _, intervals := range []bool{false, true} {
		t.Run(fmt.Sprintf("intervals %t", intervals), func(t *testing.T) { requireNotRefuted(t, intervals) })
	}
}

func requireNotRefuted(t *testing.T, intervals bool) {
	c, asked := worldConfig(t, intervals)
	r := refuted(t, c, shopWorld(t, nil))
	var kinds []CheckKind
	for _, c := range r.Refutation.Checks {
		kinds = append(kinds, c.Kind)
		require.Equal(t, Passed, c.Verdict, "%+v", c)
		require.NotEmpty(t, c.What)
		require.NotEmpty(t, c.Failure)
		require.Equal(t, intervals && (c.Kind == Placebo || c.Kind == Start), c.FoundLow != nil)
	}
	require.Equal(t, []CheckKind{Placebo, Placebo, Placebo, CommonCause, FewerWeeks, Start}, kinds)
	require.Equal(t, 6, r.Refutation.Trainings)
	require.Equal(t, intervals, r.Refutation.Intervals)
	require.Equal(t, "app", r.Refutation.of(t, Start, "").Channel)
	require.Equal(t, []float64{1, 1, 1, 1, 1, float64(launch) / float64(r.Parts[0].Span.Len())}, *asked, "nothing is selected again")
	require.Equal(t, &linearSettings{Intervals: intervals}, r.Config.Settings)

	again, err := Refute(t.Context(), r, func(string, ...any) {})
	require.NoError(t, err)
	require.Equal(t, r.Refutation, again)
	r.Config.RandomSeed++
	again, err = Refute(t.Context(), r, func(string, ...any) {})
	require.NoError(t, err)
	require.NotEqual(t, r.Refutation, again, "of another seed")
}

// Of effects by chance alone, intervals of 80 % catch nearly all: moves by a tenth of the weeks are smaller than standard errors.
func TestTrueResultsAreSeldomRefuted(t *testing.T) {
	c, _ := worldConfig(t, true)
	r := run(t, c, shopWorld(t, nil), model.Observer{})
	failed, checks := 0, 0
	for seed := range uint64(40) {
		r.Config.RandomSeed = seed
		found, err := Refute(t.Context(), r, func(string, ...any) {})
		require.NoError(t, err)
		failed, checks = failed+len(found.Failed()), checks+found.Trainings
	}
	require.LessOrEqual(t, float64(failed), 0.03*float64(checks))
}

// A placebo that follows sales has an effect.
func TestPlaceboThatSellsIsFound(t *testing.T) {
	c, _ := worldConfig(t, false)
	var shuffled []float64
	p := shopWorld(t, func(media []float64) func(int, int) float64 {
		order := panel.ShuffledBlocks(worldWeeks, placeboBlock, (&Result{Config: c}).draws(Placebo, "tv"))
		shape := &panel.Panel{Weeks: make([]string, worldWeeks)}
		for i := tv; i < len(media); i += 3 {
			shuffled = append(shuffled, media[i])
		}
		shuffled = shape.Reordered(shuffled, order)
		return func(r, w int) float64 { return 0.08 * shuffled[r*worldWeeks+w] }
	})
	r := refuted(t, c, p).Refutation
	found := r.of(t, Placebo, "tv")
	require.Equal(t, Failed, found.Verdict)
	require.InDelta(t, 0.09, found.Found, 0.03)
	require.False(t, r.Intervals)
	require.Nil(t, found.FoundLow)
	require.Contains(t, r.Failed(), found)
	require.Contains(t, strings.Join(r.Lines(), "\n"), found.Failure)
}

// A common cause of tv and sales that the panel does not have moves tv's effect when it is added.
func TestCommonCauseThatSellsMovesAnEffect(t *testing.T) {
	c, _ := worldConfig(t, true)
	p := shopWorld(t, func(media []float64) func(int, int) float64 {
		shape := &panel.Panel{Regions: make([]string, worldRegions), Weeks: make([]string, worldWeeks)}
		cause := shape.Noise(commonCauseStay, (&Result{Config: c}).draws(CommonCause, ""))
		for i, x := range cause {
			media[3*i+tv] *= math.Exp(x)
		}
		return func(r, w int) float64 { return 0.12 * cause[r*worldWeeks+w] }
	})
	found := refuted(t, c, p).Refutation.of(t, CommonCause, "")
	require.Equal(t, Failed, found.Verdict)
	require.Equal(t, "tv", found.Channel)
	require.Less(t, found.Found, found.Low)
}

// Weeks in which tv was on and sales were high for another reason carry its effect.
func TestFewWeeksThatMakeAnEffectAreFound(t *testing.T) {
	c, _ := worldConfig(t, true)
	T, _, err := shopWorld(t, nil).Split(c.HoldoutRatio, c.MinTrainWeeks)
	require.NoError(t, err)
	weeks := panel.BlocksOf(T.Len(), T.Len()/10, leftOutBlock, (&Result{Config: c}).draws(FewerWeeks, ""))
	p := shopWorld(t, func(media []float64) func(int, int) float64 {
		for r := range worldRegions {
			for _, w := range weeks {
				media[(r*worldWeeks+w)*3+tv] = 5
			}
		}
		return func(r, w int) float64 {
			others := -0.1 * media[(r*worldWeeks+w)*3+tv] // it sells nothing
			if slices.Contains(weeks, w) {
				return 0.5 + others
			}
			return others
		}
	})
	found := refuted(t, c, p).Refutation.of(t, FewerWeeks, "")
	require.Equal(t, Failed, found.Verdict)
	require.Equal(t, "tv", found.Channel)
}

// A hidden rise of sales before the app starts is taken for its effect if it starts earlier.
func TestTrendBreakBeforeAStartIsFound(t *testing.T) {
	c, _ := worldConfig(t, true)
	p := shopWorld(t, func([]float64) func(int, int) float64 {
		return func(_, w int) float64 {
			if w >= launch/2 {
				return 0.4
			}
			return 0
		}
	})
	found := refuted(t, c, p).Refutation.of(t, Start, "app")
	require.Equal(t, Failed, found.Verdict)
	require.Greater(t, found.Found, found.High)
	require.Equal(t, "app starts in 31 instead of 61, and the weeks from the true start on are left out", found.What)
}

// What a panel does not allow is not applicable, with the reason.
func TestChecksThatDoNotApply(t *testing.T) {
	config, _ := worldConfig(t, true)
	p := shopWorld(t, func(media []float64) func(int, int) float64 {
		for i := app; i < len(media); i += 3 {
			media[i]++
		}
		return func(int, int) float64 { return 0 }
	})
	r := refuted(t, config, p).Refutation
	c := r.of(t, Start, "")
	require.Equal(t, NotApplicable, c.Verdict)
	require.Equal(t, "no channel starts inside the panel, with 13 weeks before and 8 weeks after", c.Reason)
	require.Equal(t, 5, r.Trainings)
	require.Contains(t, r.Count(), "1 not applicable; 5 trainings")

	config.MinTrainWeeks = launch + 1
	c = refuted(t, config, shopWorld(t, nil)).Refutation.of(t, Start, "app")
	require.Equal(t, NotApplicable, c.Verdict)
	require.Contains(t, c.Reason, "the altered panel cannot be trained: ")
}

// A placebo has its channel's exposures in another order; an early start has those of the weeks from the true start on, in a panel that ends
// before it and holds nothing out.
func TestAlteredPanels(t *testing.T) {
	c, _ := worldConfig(t, true)
	r := run(t, c, shopWorld(t, nil), model.Observer{})
	_, p, err := placebo(r, radio).alter()
	require.NoError(t, err)
	own, copied := p.ExposureOf(radio), p.ExposureOf(3)
	require.NotEqual(t, own, copied)
	for region := range worldRegions {
		weeks := func(x []float64) []float64 {
			return slices.Sorted(slices.Values(x[region*worldWeeks : (region+1)*worldWeeks]))
		}
		require.Equal(t, weeks(own), weeks(copied))
	}

	a := earlyStart(r, app, launch)
	altered, before, err := a.alter()
	require.NoError(t, err)
	require.Zero(t, altered.HoldoutRatio)
	require.Equal(t, r.Panel.Weeks[:launch], before.Weeks)
	early, whole := before.ExposureOf(3), r.Panel.ExposureOf(app)
	for region := range worldRegions {
		require.Equal(t, make([]float64, launch/2), early[region*launch:region*launch+launch/2])
		require.Equal(t, whole[region*worldWeeks+launch:region*worldWeeks+launch+launch/2], early[region*launch+launch/2:(region+1)*launch])
	}
	found := &model.Inference{KPI: 1, Effects: []model.Effect{{Channel: "early start of app", Kind: model.Total, Share: 0.01}}}
	a.judge(&a.Check, found)
	require.InDelta(t, 0.02, a.Found, 1e-12, "it is on in half of the weeks")
	require.InEpsilon(t, r.total(app).Share*worldWeeks/(worldWeeks-launch), a.Original, 1e-12)
}

// A channel counts as one that starts from 13 weeks before to 8 weeks before the end.
func TestStarting(t *testing.T) {
	p := &panel.Panel{Weeks: make([]string, 50)}
	for at, want := range map[int]bool{0: false, 12: false, 13: true, 42: true, 43: false, 50: false} {
		require.Equal(t, want, starting(p, at), "week %d", at)
	}
}

// A name that the panel has is not used twice.
func TestUnusedName(t *testing.T) {
	p := &panel.Panel{Channels: []string{"a"}, Controls: []string{"a'"}}
	require.Equal(t, "a''", unused("a", p))
	require.Equal(t, "b", unused("b", p))
}

// The checks end with their context, before anything is said of the rest.
func TestCancelledChecksStop(t *testing.T) {
	c, _ := worldConfig(t, true)
	r := run(t, c, shopWorld(t, nil), model.Observer{})
	ctx, cancel := context.WithCancel(t.Context())
	begun := 0
	_, err := Refute(ctx, r, func(string, ...any) {
		if begun++; begun == 3 { // the table's head, and the first two checks
			cancel()
		}
	})
	var stopped *model.Interrupted
	require.True(t, errors.As(err, &stopped), "%v", err)
	require.ErrorIs(t, err, context.Canceled)
	require.Contains(t, err.Error(), "check 2: stopped before")
}

// The checks of the structural model: they come back from the folder, where only details.json has them, and take its draws.
func TestStructuralModelIsChecked(t *testing.T) {
	c := structuralConfig(t, "enable_dag=false")
	training, err := New(c, shopWorld(t, nil), model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.CanRefute())
	require.NoError(t, training.Ensemble(fewDraws))
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	before, after := t.TempDir(), t.TempDir()
	require.NoError(t, r.Write(before))
	r.Refutation, err = Refute(t.Context(), r, func(string, ...any) {})
	require.NoError(t, err)
	require.Empty(t, r.Refutation.with(NotApplicable))
	require.True(t, r.Refutation.Intervals)
	for _, c := range r.Refutation.Checks {
		require.Equal(t, c.Kind == Placebo || c.Kind == Start, c.FoundLow != nil && *c.FoundLow <= c.Found && c.Found <= *c.FoundHigh, "%+v", c)
	}
	require.NoError(t, r.Write(after))
	files, err := os.ReadDir(before)
	require.NoError(t, err)
	for _, f := range files {
		one, two := readFile(t, before, f.Name()), readFile(t, after, f.Name())
		require.Equal(t, f.Name() != DetailsFile, bytes.Equal(one, two), f.Name())
	}
	stored, err := LoadResult(after)
	require.NoError(t, err)
	require.Equal(t, r.Refutation, stored.Refutation)
	_, err = Refute(t.Context(), stored, t.Logf)
	require.EqualError(t, err, "the result has no effects that could be refuted, or no panel")
}

func TestModelWithoutEffectsCannotBeRefuted(t *testing.T) {
	withMean(t)
	c := configOf(t, "average")
	training, err := New(c, sample(t, c), model.Observer{})
	require.NoError(t, err)
	require.EqualError(t, training.CanRefute(), "model: mean reports no effects that could be refuted (set preset: recommended)")
}
