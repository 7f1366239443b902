package train

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/neural"
	"deepcausalmmm/train/structural"
)

// quickConfig trains the bundled sample for a moment.
func quickConfig(t *testing.T, mode dag.Mode) Config {
	c, err := Load(filepath.Join("..", "testdata", "sample.yaml"), Overrides{Preset: DefaultPreset, Set: []string{
		"hidden_dim=8", "n_epochs=24", "warm_start_epochs=3", "dag_mode=" + string(mode),
		"notears_warmup_epochs=6", "notears_dual_update_every=4",
	}})
	require.NoError(t, err)
	return c
}

func sample(t *testing.T, c Config) *panel.Panel {
	p, err := panel.Read(c.Data.File, c.Data.Columns)
	require.NoError(t, err)
	return p
}

func run(t *testing.T, c Config, p *panel.Panel, o model.Observer) *Result {
	training, err := New(c, p, o)
	require.NoError(t, err)
	if c.Preset == RecommendedPreset {
		require.NoError(t, training.Ensemble(fewDraws))
	}
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	return r
}

// fewDraws are enough where no law is about intervals.
const fewDraws = 4

// historyOf is a column of the history.
func historyOf(t *testing.T, r *Result, name string) []float64 {
	at := slices.Index(r.History.Columns, name)
	require.GreaterOrEqual(t, at, 0, "%s in %v", name, r.History.Columns)
	var values []float64
	for _, row := range r.History.Rows {
		values = append(values, row[at])
	}
	return values
}

func TestTrainingLowersTheLoss(t *testing.T) {
	for _, mode := range []dag.Mode{dag.Triangular, dag.NOTEARS} {
		c := quickConfig(t, mode)
		r := run(t, c, sample(t, c), model.Observer{})
		loss := historyOf(t, r, "loss")
		require.Len(t, loss, own(c).NEpochs)
		require.Less(t, loss[len(loss)-1], 0.7*loss[0], mode)
		terms := make([]float64, len(loss))
		for _, name := range []string{"fit", "dag", "sparsity", "attribution", "seasonal", "l1", "l2"} {
			floats.Add(terms, historyOf(t, r, "loss_"+name))
		}
		for epoch := range loss {
			require.InEpsilon(t, loss[epoch], terms[epoch], 1e-5, "the terms add up to the loss in epoch %d", epoch)
		}
	}
}

func TestOuterLoopFollowsItsSchedule(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	var log []string
	r := run(t, c, sample(t, c), model.Observer{Logf: func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }})
	text := strings.Join(log, "\n")
	require.Contains(t, text, "[NOTEARS] warmup complete at epoch 6; activating penalty")
	for _, epoch := range []int{8, 12, 16, 20} {
		require.Contains(t, text, fmt.Sprintf("[NOTEARS] epoch=%d h=", epoch))
	}
	require.Equal(t, 5, strings.Count(text, "[NOTEARS]"))

	rho, alpha, last := own(c).NotearsRhoInit, own(c).NotearsAlphaInit, math.Inf(1)
	rhos, alphas := historyOf(t, r, "rho"), historyOf(t, r, "alpha")
	for epoch, h := range historyOf(t, r, "h") {
		if epoch >= own(c).NotearsWarmupEpochs && epoch%own(c).NotearsDualUpdateEvery == 0 {
			if h > 0.25*last {
				rho *= own(c).NotearsDualFactor
			}
			alpha += rho * h
			last = h
		}
		require.InEpsilon(t, rho, rhos[epoch], 1e-12, "epoch %d", epoch)
		require.InDelta(t, alpha, alphas[epoch], 1e-9*max(1, alpha), "epoch %d", epoch)
	}
}

func TestPenaltyWithoutWarmupCountsFromTheStart(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	own(c).NotearsWarmupEpochs, own(c).NotearsAlphaInit, own(c).NEpochs = 0, 1e4, 1
	with := historyOf(t, run(t, c, sample(t, c), model.Observer{}), "loss_dag")[0]
	own(c).NotearsWarmupEpochs = 5
	without := historyOf(t, run(t, c, sample(t, c), model.Observer{}), "loss_dag")[0]
	require.Greater(t, with, 100*without)
}

func TestResultsAddUp(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	r := run(t, c, p, model.Observer{})
	require.Len(t, r.Parts, 2)
	weeks := 0
	for _, part := range r.Parts {
		weeks += part.Span.Len()
		for i, want := range part.Predicted {
			sum := 0.0
			for _, component := range part.Components {
				sum += component.Value[i]
			}
			require.Equal(t, want, sum, "to the last bit")
		}
	}
	require.Equal(t, len(p.Weeks), weeks)
	s := r.Metrics.Shares
	total := s.Baseline + s.Trend + s.Season + s.Controls
	for _, share := range s.Media {
		total += share
	}
	require.InDelta(t, 1, total, 1e-12)
	require.Len(t, s.Media, len(p.Channels))
	require.True(t, dag.IsDAG(r.Graph.Pruned.Strongest()))
	require.InDelta(t, 1-r.Metrics.Holdout.WMAPE/r.Metrics.Baselines.Best(), *r.Metrics.Skill, 1e-15)
}

func TestSameSeedSameBytes(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	first, second, other := t.TempDir(), t.TempDir(), t.TempDir()
	require.NoError(t, run(t, c, p, model.Observer{}).Write(first))
	require.NoError(t, run(t, c, p, model.Observer{}).Write(second))
	c.RandomSeed++
	require.NoError(t, run(t, c, p, model.Observer{}).Write(other))
	for _, name := range []string{"config.yaml", "history.csv", "model.safetensors", "predictions.csv", "contributions.csv",
		"dag_adjacency.csv", "dag_pruned.csv", "dag.dot", "metrics.json", "details.json"} {
		a, b, o := readFile(t, first, name), readFile(t, second, name), readFile(t, other, name)
		if name == "metrics.json" {
			a, b, o = withoutTiming(t, a), withoutTiming(t, b), withoutTiming(t, o)
		}
		require.True(t, bytes.Equal(a, b), "%s differs", name)
		if name != "dag.dot" && name != "dag_pruned.csv" { // these may be empty of edges in both
			require.False(t, bytes.Equal(a, o), "%s does not depend on the seed", name)
		}
	}
	left, err := os.ReadDir(first)
	require.NoError(t, err)
	require.Len(t, left, 10, "no temporary file is left")
}

func readFile(t *testing.T, dir, name string) []byte {
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return text
}

func withoutTiming(t *testing.T, text []byte) []byte {
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	require.Contains(t, m, "timing")
	delete(m, "timing")
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return text
}

func TestFilesSayWhatTheResultHolds(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	r := run(t, c, p, model.Observer{})
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))

	predicted := map[string]float64{}
	for _, row := range readCSV(t, dir, "predictions.csv")[1:] {
		predicted[row[0]+" "+row[1]] = float(t, row[4])
	}
	require.Len(t, predicted, len(p.Regions)*len(p.Weeks))
	sums := map[string]float64{}
	for _, row := range readCSV(t, dir, "contributions.csv")[1:] {
		sums[row[0]+" "+row[1]] += float(t, row[3])
	}
	require.Equal(t, predicted, sums, "the components of a region-week add up to its prediction, to the last bit")

	history := readCSV(t, dir, "history.csv")
	require.Equal(t, []string{"epoch", "loss", "loss_fit", "loss_dag"}, history[0][:4])
	require.Len(t, history, 1+own(c).NEpochs)

	_, metadata, err := safetensors.ReadMetadata(readFile(t, dir, "model.safetensors"))
	require.NoError(t, err)
	var scaling struct {
		TargetMean []float64 `json:"target_mean"`
	}
	require.NoError(t, json.Unmarshal([]byte(metadata.Metadata()["scaling"]), &scaling))
	means, err := p.TargetMeans(r.Parts[0].Span)
	require.NoError(t, err)
	require.Equal(t, means, scaling.TargetMean)

	again, err := Load(filepath.Join(dir, "config.yaml"), Overrides{})
	require.NoError(t, err)
	again.Data.File, again.Data.Spend = c.Data.File, c.Data.Spend // an empty list is written as one
	require.Equal(t, c, again)
}

func readCSV(t *testing.T, dir, name string) [][]string {
	rows, err := csv.NewReader(bytes.NewReader(readFile(t, dir, name))).ReadAll()
	require.NoError(t, err)
	return rows
}

func float(t *testing.T, cell string) float64 {
	v, err := strconv.ParseFloat(cell, 64)
	require.NoError(t, err)
	return v
}

func TestCancelledTrainingStops(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	epochs := 0
	training, err := New(c, sample(t, c), model.Observer{Step: func(s model.Step) {
		if epochs++; s.Number == 3 {
			cancel()
		}
	}})
	require.NoError(t, err)
	_, err = training.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "epoch 4")
	require.Equal(t, 4, epochs)
}

func TestPanelWithoutControlsHoldoutOrDAG(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	c.Data.Controls, c.HoldoutRatio, c.EnableDAG, own(c).NEpochs = nil, 0, false, 3
	r := run(t, c, sample(t, c), model.Observer{})
	require.Nil(t, r.Metrics.Holdout)
	require.Nil(t, r.Metrics.Skill)
	require.Len(t, r.Parts, 1)
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	require.NoFileExists(t, filepath.Join(dir, "dag.dot"))
	require.NotEmpty(t, r.Summary())
}

func TestOneChannelOneRegionAndFloat64(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	own(c).Dtype, own(c).NEpochs = "float64", 7
	c.Data.Media = []string{"tv_*"}
	p := sample(t, c)
	one, err := panel.New(panel.Panel{
		Regions: p.Regions[:1], Weeks: p.Weeks, Channels: p.Channels, Controls: p.Controls,
		Media: p.Media[:len(p.Weeks)], Control: p.Control[:len(p.Weeks)*len(p.Controls)], Target: p.Target[:len(p.Weeks)],
	})
	require.NoError(t, err)
	r := run(t, c, one, model.Observer{})
	require.Zero(t, r.Metrics.Graph.Edges)
	require.Zero(t, r.Metrics.Graph.H)
}

func TestNewChecksAConfigurationMadeInGo(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := sample(t, c)
	own(c).Dropout = 2
	var wrong *ConfigError
	_, err := New(c, p, model.Observer{})
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "dropout", wrong.Key)
	_, err = New(Config{}, p, model.Observer{})
	require.ErrorAs(t, err, &wrong)
	c = DefaultConfig()
	c.Model = "structural"
	_, err = New(c, p, model.Observer{})
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "model: is structural, whose settings are a *structural.Settings, not a *neural.Settings")
}

func TestColumnNamedLikeAComponentIsRefused(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := *sample(t, c)
	p.Channels = append([]string{"baseline"}, p.Channels[1:]...)
	_, err := New(c, &p, model.Observer{})
	require.ErrorContains(t, err, `"baseline"`)
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	own(c).NEpochs = 1
	r := run(t, c, sample(t, c), model.Observer{})
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "config.yaml"), 0o755)) // a folder where a file must go
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yaml", "x"), nil, 0o600))
	require.ErrorContains(t, r.Write(dir), "config.yaml")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// own are the settings of the original model, structuralOf those of the structural one.
func own(c Config) *neural.Settings              { return c.Settings.(*neural.Settings) }
func structuralOf(c Config) *structural.Settings { return c.Settings.(*structural.Settings) }
