package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlpodyssey/safetensors"
	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/bounded"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// countdown is a context that ends at a question: at the n-th epoch, as a training asks once between two of them.
type countdown struct {
	context.Context
	left *int
}

func interruptedBefore(epoch int) context.Context { return countdown{context.Background(), &epoch} }

func (c countdown) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// pause trains until before an epoch, counted from the warm start's first, and returns the folder with the checkpoint.
func pause(t *testing.T, c Config, p *panel.Panel, epoch int) (dir string) {
	dir = t.TempDir()
	training, err := New(c, p, model.Observer{})
	require.NoError(t, err)
	training.SaveTo(dir, 1000)
	_, err = training.Run(interruptedBefore(epoch))
	var stopped *model.Interrupted
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, filepath.Join(dir, CheckpointFile), stopped.Saved)
	return dir
}

func resume(t *testing.T, dir string, p *panel.Panel, o model.Observer) *Trainer {
	checkpoint, err := LoadCheckpoint(dir)
	require.NoError(t, err)
	training, err := New(checkpoint.Config, p, o)
	require.NoError(t, err)
	require.NoError(t, training.Resume(checkpoint))
	return training
}

// written is every file of a result but for the timing.
func written(t *testing.T, r *Result) map[string]string {
	r.Metrics.Timing = Timing{Epochs: r.Metrics.Timing.Epochs}
	files := map[string]string{}
	for _, f := range r.outputs() {
		var text bytes.Buffer
		require.NoError(t, f.Write(&text))
		files[f.Name] = text.String()
	}
	return files
}

// TestResumedTrainingEqualsAnUninterruptedOne to the last bit of every file, for interruptions in every phase.
func TestResumedTrainingEqualsAnUninterruptedOne(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"NOTEARS":       func(*Config) {},
		"float64":       func(c *Config) { own(*c).Dtype, own(*c).GRULayers = "float64", 2 },
		"early stop":    func(c *Config) { own(*c).Patience, own(*c).LearningRate, own(*c).NEpochs = 3, 1e-12, 90 }, // which does not move
		"rate cut":      func(c *Config) { own(*c).Scheduler.Patience, own(*c).LearningRate, c.DAGMode = 4, 0.5, dag.Triangular },
		"cosine":        func(c *Config) { own(*c).Scheduler.Type, own(*c).Scheduler.T0 = "cosine", 5 },
		"no warm start": func(c *Config) { own(*c).WarmStartEpochs, c.HoldoutRatio, c.EnableDAG = 0, 0, false },
	} {
		t.Run(name, func(t *testing.T) {
			c := quickConfig(t, dag.NOTEARS)
			own(c).HiddenDim = 4
			change(&c)
			p := sample(t, c)
			uninterrupted := run(t, c, p, model.Observer{})
			epochs := len(uninterrupted.History.Rows)
			require.Equal(t, name == "early stop", epochs < own(c).NEpochs)
			cut := slices.Min(historyOf(t, uninterrupted, "learning_rate")) < own(c).LearningRate
			require.Equal(t, name == "rate cut" || name == "cosine", cut)
			whole := written(t, uninterrupted)
			warm := own(c).WarmStartEpochs
			for _, at := range []int{0, warm - 1, warm, warm + own(c).NotearsWarmupEpochs + 1, warm + epochs/2, warm + epochs - 4} {
				if at < 0 {
					continue // there is no warm start
				}
				training := resume(t, pause(t, c, p, at), p, model.Observer{})
				r, err := training.Run(t.Context())
				require.NoError(t, err)
				for file, text := range written(t, r) {
					require.Equal(t, whole[file], text, "%s, interrupted before epoch %d", file, at)
				}
			}
		})
	}
}

func TestATrainingCanBeInterruptedAgainAndAgain(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	whole := written(t, run(t, c, p, model.Observer{}))
	dir := pause(t, c, p, 2)
	for range 3 {
		training := resume(t, dir, p, model.Observer{})
		training.SaveTo(dir, 4)
		_, err := training.Run(interruptedBefore(7))
		require.ErrorIs(t, err, context.Canceled)
	}
	var log []string
	training := resume(t, dir, p, model.Observer{Logf: func(form string, args ...any) { log = append(log, fmt.Sprintf(form, args...)) }})
	require.Contains(t, log[0], "resumed before epoch 20, from "+dir)
	require.Len(t, log, 1, "the same BLAS as before")
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, whole, written(t, r))
	require.NoError(t, r.Write(dir))
	require.NoFileExists(t, filepath.Join(dir, CheckpointFile), "no checkpoint is left to resume from")
}

func TestCheckpointsAreSavedOnSchedule(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := sample(t, c)
	dir := t.TempDir()
	var saved []int
	training, err := New(c, p, model.Observer{Step: func(model.Step) {
		checkpoint, err := LoadCheckpoint(dir)
		require.NoError(t, err)
		if n := stateOf(t, checkpoint).Done; len(saved) == 0 || saved[len(saved)-1] != n {
			saved = append(saved, n)
		}
	}})
	require.NoError(t, err)
	training.SaveTo(dir, 10)
	_, err = training.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{0, 10, 20}, saved)
}

// progress is the part of a checkpoint's state that tests look at.
type progress struct {
	Done    int           `json:"done"`
	Elapsed time.Duration `json:"elapsed"`
}

func stateOf(t *testing.T, c *Checkpoint) (p progress) {
	require.NoError(t, c.state.JSON("state", &p))
	return p
}

func TestATrainingThatSavesNothingSaysSo(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	training, err := New(c, sample(t, c), model.Observer{})
	require.NoError(t, err)
	_, err = training.Run(interruptedBefore(5))
	require.EqualError(t, err, "stopped before epoch 2; nothing was saved")
}

func TestAFolderThatVanishesIsMadeAgain(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := sample(t, c)
	dir := filepath.Join(t.TempDir(), "out")
	training, err := New(c, p, model.Observer{Step: func(model.Step) { require.NoError(t, os.RemoveAll(dir)) }})
	require.NoError(t, err)
	training.SaveTo(dir, 1)
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.Write(dir))
	require.FileExists(t, filepath.Join(dir, "model.safetensors"))
}

// TestTrainingContinuesAfterAFailedCheckpoint: but not the first, as its result could not be written either.
func TestTrainingContinuesAfterAFailedCheckpoint(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := sample(t, c)
	blocked := filepath.Join(t.TempDir(), "blocked")
	block := func() { require.NoError(t, os.WriteFile(blocked, nil, 0o600)) }
	var log []string
	o := model.Observer{Logf: func(form string, args ...any) { log = append(log, fmt.Sprintf(form, args...)) }}
	o.Step = func(s model.Step) {
		if s.Number == 0 {
			require.NoError(t, os.RemoveAll(blocked))
			block()
		}
	}
	training, err := New(c, p, o)
	require.NoError(t, err)
	training.SaveTo(blocked, 10)
	_, err = training.Run(t.Context())
	require.NoError(t, err)
	text := strings.Join(log, "\n")
	require.Contains(t, text, "the training continues, and the saved state is 10 epochs old")
	require.Contains(t, text, "the training continues, and the saved state is 20 epochs old")

	training, err = New(c, p, model.Observer{})
	require.NoError(t, err)
	training.SaveTo(blocked, 10)
	_, err = training.Run(t.Context())
	require.ErrorContains(t, err, "blocked: cannot make the output folder: not a directory")
}

func TestACheckpointOfAnotherTrainingIsRefused(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	checkpoint, err := LoadCheckpoint(pause(t, c, p, 5))
	require.NoError(t, err)
	changed := func(change func(*panel.Panel)) *panel.Panel {
		other := sample(t, c)
		change(other)
		return other
	}
	for want, other := range map[string]struct {
		config func(*Config)
		panel  *panel.Panel
	}{
		"is of another configuration: hidden_dim is 8 there and 16 here, optimizer.eps is 1e-08 there and 0.1 here (": {
			config: func(c *Config) { own(*c).HiddenDim, own(*c).Optimizer.Eps = 16, 0.1 }},
		"is of another configuration: random_seed is 42 there and 7 here (":            {config: func(c *Config) { c.RandomSeed = 7 }},
		`sample.csv: the values of its target differ (`:                                {panel: changed(func(p *panel.Panel) { p.Target[9]++ })},
		`sample.csv: it has region "geo_001", which the other does not have (`:         {panel: changed(func(p *panel.Panel) { p.Regions[0] = "geo_00" })},
		`sample.csv: the values of its media tv_impressions differ (continue with the`: {panel: changed(func(p *panel.Panel) { p.Media[len(p.Media)-1]++ })},
	} {
		config, table := c.clone(), p
		if other.config != nil {
			other.config(&config)
		}
		if other.panel != nil {
			table = other.panel
		}
		training, err := New(config, table, model.Observer{})
		require.NoError(t, err)
		err = training.Resume(checkpoint)
		var wrong *ModelError
		require.ErrorAs(t, err, &wrong)
		require.ErrorContains(t, err, CheckpointFile+": is of another")
		require.ErrorContains(t, err, want)
	}
	moved := c
	moved.Data.File = "elsewhere.csv"
	training, err := New(moved, p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.Resume(checkpoint), "the panel may be elsewhere")
}

func TestResumeWarnsOfAnotherBLAS(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	checkpoint, err := LoadCheckpoint(pause(t, c, p, 5))
	require.NoError(t, err)
	checkpoint.blas = "an abacus"
	var log []string
	training, err := New(c, p, model.Observer{Logf: func(form string, args ...any) { log = append(log, fmt.Sprintf(form, args...)) }})
	require.NoError(t, err)
	require.NoError(t, training.Resume(checkpoint))
	require.Contains(t, strings.Join(log, "\n"), "warning: matrices were multiplied by an abacus before the interruption")
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	require.Greater(t, r.Metrics.Timing.TotalSeconds, stateOf(t, checkpoint).Elapsed.Seconds(), "the time until then counts")
	require.Positive(t, stateOf(t, checkpoint).Elapsed)
}

// rewritten is a checkpoint with changed metadata and a digest that fits it.
func rewritten(t *testing.T, file []byte, change func(metadata map[string]any)) []byte {
	h, data := header(t, file)
	metadata := h["__metadata__"].(map[string]any)
	change(metadata)
	delete(metadata, "sha256")
	content, err := safetensors.Deserialize(assemble(t, h, data))
	require.NoError(t, err)
	w := modelfile.NewWriter()
	for key, text := range metadata {
		w.Text(key, text.(string))
	}
	for _, tensor := range content.Tensors() {
		var shape []int
		for _, n := range tensor.TensorView.Shape() {
			shape = append(shape, int(n))
		}
		var values any = make([]float32, len(tensor.TensorView.Data())/4)
		if tensor.TensorView.DType() == safetensors.F64 {
			values = make([]float64, len(tensor.TensorView.Data())/8)
		}
		require.NoError(t, binary.Read(bytes.NewReader(tensor.TensorView.Data()), binary.LittleEndian, values))
		w.Tensor(tensor.Name, values, shape...)
	}
	w.Sign()
	var out bytes.Buffer
	require.NoError(t, w.Encode(&out))
	return out.Bytes()
}

func TestBrokenCheckpointsAreRefused(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	dir := pause(t, c, p, 9)
	path := filepath.Join(dir, CheckpointFile)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	state := func(change func(map[string]any)) []byte {
		return rewritten(t, file, func(m map[string]any) {
			var s map[string]any
			require.NoError(t, json.Unmarshal([]byte(m["state"].(string)), &s))
			change(s)
			text, err := json.Marshal(s)
			require.NoError(t, err)
			m["state"] = string(text)
		})
	}
	flipped := bytes.Clone(file)
	flipped[len(flipped)-100] ^= 1
	for want, content := range map[string][]byte{
		"has 0 bytes":                            {},
		"is cut short or no model file":          file[:2000],
		"is damaged: ":                           file[:len(file)-1],
		"is damaged: its digest is":              flipped,
		`version "99", and this program`:         rewritten(t, file, func(m map[string]any) { m["checkpoint_version"] = "99" }),
		`version "", and this program`:           rewritten(t, file, func(m map[string]any) { delete(m, "checkpoint_version") }),
		`"state" is missing or broken`:           rewritten(t, file, func(m map[string]any) { delete(m, "state") }),
		`hidden_dim: `:                           rewritten(t, file, func(m map[string]any) { replaceIn(m, "config", `"hidden_dim":8`, `"hidden_dim":-8`) }),
		"hidden_dim is 4000 there and 8 here":    rewritten(t, file, func(m map[string]any) { replaceIn(m, "config", `"hidden_dim":8`, `"hidden_dim":4000`) }),
		"has 900 epochs done of 27":              state(func(s map[string]any) { s["done"] = 900 }),
		`tensor "history" is [6 14], but`:        state(func(s map[string]any) { s["done"] = 10 }),
		"not part of its configuration: history": state(func(s map[string]any) { s["done"] = 3 }),
		"the state of gru.weight_hh_l0 has no":   rewritten(t, renamed(file, "optimizer.mean.gru.weight_hh_l0", "optimizer.mode.gru.weight_hh_l0"), func(map[string]any) {}),
		"invalid PCG":                            state(func(s map[string]any) { s["dropout"] = "QUJD" }),
		"(start the training again)":             state(func(s map[string]any) { s["schedule"] = nil; s["steps"] = 3 }),
		"region":                                 rewritten(t, file, func(m map[string]any) { m["panel"] = "{}" }),
	} {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		checkpoint, err := LoadCheckpoint(dir)
		if err == nil {
			training, e := New(c, p, model.Observer{})
			require.NoError(t, e)
			err = training.Resume(checkpoint)
		}
		var wrong *ModelError
		require.ErrorAs(t, err, &wrong, want)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
		require.NotContains(t, err.Error(), "\n")
	}
	require.NoError(t, os.Remove(path))
	_, err = LoadCheckpoint(dir)
	require.ErrorContains(t, err, CheckpointFile+": there is no such checkpoint")
}

// A checkpoint whose own configuration asks for other sizes than its tensors have is refused when it is resumed.
func TestACheckpointThatContradictsItselfIsRefused(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	p := sample(t, c)
	dir := pause(t, c, p, 9)
	path := filepath.Join(dir, CheckpointFile)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	file = rewritten(t, file, func(m map[string]any) { replaceIn(m, "config", `"hidden_dim":8`, `"hidden_dim":9`) })
	require.NoError(t, os.WriteFile(path, file, 0o600))
	checkpoint, err := LoadCheckpoint(dir)
	require.NoError(t, err)
	training, err := New(checkpoint.Config, p, model.Observer{})
	require.NoError(t, err)
	err = training.Resume(checkpoint)
	var wrong *ModelError
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "its configuration asks for [")
	require.NotContains(t, err.Error(), "\n")
}

// renamed gives a tensor another name of the same length.
func renamed(file []byte, from, to string) []byte {
	return bytes.Replace(bytes.Clone(file), []byte(from), []byte(to), 1)
}

// noise is a panel of random numbers.
func noise(t testing.TB, regions, weeks, channels, controls int) *panel.Panel {
	rng := rand.New(rand.NewPCG(3, 4))
	names := func(prefix string, n int) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprint(prefix, i))
		}
		return names
	}
	numbers := func(n int) (x []float64) {
		for range n {
			x = append(x, 1+rng.ExpFloat64())
		}
		return x
	}
	labels := make([]string, weeks)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	p, err := panel.New(panel.Panel{
		Regions: names("region_", regions), Weeks: labels, Channels: names("channel_", channels), Controls: names("control_", controls),
		Media: numbers(regions * weeks * channels), Control: numbers(regions * weeks * controls), Target: numbers(regions * weeks),
	})
	require.NoError(t, err)
	return p
}

// FuzzCheckpoint: for any bytes, no panic, and an error is one line. The digest catches most changes;
// TestBrokenCheckpointsAreRefused covers those that pass it.
func FuzzCheckpoint(f *testing.F) {
	c := DefaultConfig()
	own(c).HiddenDim, own(c).WarmStartEpochs, own(c).NEpochs = 2, 1, 2
	training, err := New(c, noise(f, 1, 50, 1, 0), model.Observer{})
	require.NoError(f, err)
	dir := f.TempDir()
	training.SaveTo(dir, 1000)
	_, err = training.Run(interruptedBefore(2))
	require.ErrorIs(f, err, context.Canceled)
	content, err := os.ReadFile(filepath.Join(dir, CheckpointFile))
	require.NoError(f, err)
	for _, n := range []int{0, 7, 8, 100, len(content) / 2, len(content) - 1, len(content)} {
		f.Add(content[:n])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		bounded.Memory(t, len(content), func() {
			if _, err := parseCheckpoint(content); err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
		})
	})
}
