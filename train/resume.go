package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/blas"
	"deepcausalmmm/optim"
	"deepcausalmmm/panel"
)

// Checkpoint is the state of a training that was interrupted.
type Checkpoint struct {
	Config Config // the training's; Data.File is where its panel lay

	file    string
	panel   panel.Fingerprint
	blas    string
	state   state
	tensors map[string]safetensors.TensorView
}

// LoadCheckpoint reads the checkpoint of an output folder and checks that it is whole. What is wrong is a *ModelError.
func LoadCheckpoint(dir string) (*Checkpoint, error) {
	path := filepath.Join(dir, CheckpointFile)
	text, err := readModelFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &ModelError{File: path, Problem: "there is no such checkpoint: the training ended, never began, or saved nothing " +
			"(start it anew with --config and --out)"}
	}
	if err != nil {
		return nil, err
	}
	c, err := parseCheckpoint(text)
	if err != nil {
		return nil, &ModelError{File: path, Problem: err.Error()}
	}
	c.file = path
	return c, nil
}

const startAnew = "(start the training anew)"

func parseCheckpoint(text []byte) (*Checkpoint, error) {
	tensors, metadata, err := openTensors(text)
	if err != nil {
		return nil, err
	}
	if v := metadata["checkpoint_version"]; v != checkpointFormat {
		return nil, fmt.Errorf("is a checkpoint of version %q, and this program goes on from %q %s", v, checkpointFormat, startAnew)
	}
	was := metadata["sha256"]
	delete(metadata, "sha256")
	if is := digest(tensors, metadata); was != is {
		return nil, fmt.Errorf("is damaged: its digest is %.12s…, not %.12s… %s", is, was, startAnew)
	}
	c := &Checkpoint{tensors: tensors, Config: DefaultConfig()} // which has the keys that came after the checkpoint
	for key, into := range map[string]any{"config": &c.Config, "panel": &c.panel, "state": &c.state, "blas": &c.blas} {
		if err := json.Unmarshal([]byte(metadata[key]), into); err != nil {
			return nil, fmt.Errorf("its metadata %q is missing or broken: %w %s", key, err, startAnew)
		}
	}
	if key, problem := c.Config.mistake(); key != "" {
		return nil, fmt.Errorf("its configuration is broken: %s: %s %s", key, problem, startAnew)
	}
	return c, checkSizes(tensors, c.Config)
}

// Resume lets Run go on where the checkpoint was saved. The training must be of the same configuration and panel (its
// file may lie elsewhere); what differs is a *ModelError. To be called before Run; after an error the training is of no
// use.
func (t *Trainer) Resume(c *Checkpoint) error {
	if err := t.resume(c); err != nil {
		return &ModelError{File: c.file, Problem: err.Error()}
	}
	t.observer.Logf("resumed before %s, from %s", t.where(), c.file)
	if used := blas.Used(); used != c.blas {
		t.observer.Logf("warning: matrices were multiplied by %s before the interruption, and are by %s now: "+
			"the last digits will differ from those of an uninterrupted training", c.blas, used)
	}
	return nil
}

func (t *Trainer) resume(c *Checkpoint) error {
	if t.structural != nil {
		return fmt.Errorf("is of another model: model: %s is not saved while it trains, for it takes seconds %s", StructuralModel, startAnew)
	}
	if d := difference(c.Config, t.config); d != "" {
		return fmt.Errorf("is of another configuration: %s (go on with the checkpoint's, or start anew)", d)
	}
	if d := c.panel.Difference(t.panel.Fingerprint()); d != "" {
		return fmt.Errorf("is of another panel than %s: %s (go on with the checkpoint's, or start anew)", t.panel.Report.File, d)
	}
	s := c.state
	t.done, t.patience, t.clock.before = s.Done, s.Patience, s.Elapsed
	tensors := maps.Clone(c.tensors)
	if err := t.takeHistory(tensors); err != nil {
		return err
	}
	if err := t.takeOptimizer(tensors, s.Steps); err != nil {
		return err
	}
	if err := takeAll(tensors, t.params); err != nil {
		return err
	}
	l := t.loop
	l.optimizer.SetLearningRate(s.Rate)
	*l.duals = s.Duals
	l.activate(s.Active)
	if err := t.dropout.UnmarshalBinary(s.Dropout); err != nil {
		return fmt.Errorf("%w %s", err, startAnew)
	}
	if err := json.Unmarshal(s.Schedule, l.schedule); err != nil {
		return fmt.Errorf("its schedule is broken: %w %s", err, startAnew)
	}
	return nil
}

// takeHistory takes the epochs of the main loop that are done.
func (t *Trainer) takeHistory(tensors map[string]safetensors.TensorView) error {
	n := max(0, t.done-t.config.WarmStartEpochs)
	if t.done < 0 || n > t.config.NEpochs {
		return fmt.Errorf("has %d epochs done of %d %s", t.done, t.config.WarmStartEpochs+t.config.NEpochs, startAnew)
	}
	if n == 0 {
		return nil
	}
	columns := len(new(Epoch).values())
	history, err := takeTensor(tensors, tensorHistory, n, columns)
	if err != nil {
		return err
	}
	t.history = make([]Epoch, n)
	for i := range t.history {
		t.history[i].Epoch = i
		for k, v := range t.history[i].values() {
			*v = history[i*columns+k]
		}
	}
	t.seconds, err = takeTensor(tensors, tensorSeconds, n)
	return err
}

func (t *Trainer) takeOptimizer(tensors map[string]safetensors.TensorView, steps map[string]int) error {
	optimizer := t.optimizer()
	for _, p := range t.loop.params {
		s := optim.State{Steps: steps[p.Name], Tensors: map[string]*tensor.Dense{}}
		for _, key := range slices.Sorted(maps.Keys(tensors)) {
			memory, ofOptimizer := strings.CutPrefix(key, "optimizer.")
			name, ofParam := strings.CutSuffix(memory, "."+p.Name)
			if !ofOptimizer || !ofParam {
				continue
			}
			values, err := takeFinite(tensors, key, p.Value.Shape()...)
			if err != nil {
				return err
			}
			s.Tensors[name] = graph.Tensor(p.Value.Dtype(), values, p.Value.Shape()...)
		}
		if err := optimizer.SetState(p, s); err != nil {
			return fmt.Errorf("%w %s", err, startAnew)
		}
	}
	return nil
}

// difference names the keys in which two configurations differ, and is empty where they are the same, wherever the panel
// lies.
func difference(saved, here Config) string {
	saved.Data.File, here.Data.File = "", ""
	one, other := flat(saved), flat(here)
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(one)) {
		if !reflect.DeepEqual(one[key], other[key]) {
			keys = append(keys, fmt.Sprintf("%s is %v there and %v here", key, one[key], other[key]))
		}
	}
	return strings.Join(keys, ", ")
}

// flat lists the values of a configuration by key, those in sections as section.key.
func flat(c Config) map[string]any {
	var tree map[string]any
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		panic(err) // a configuration is plain data, and finite: Load and New see to it
	}
	leaves := map[string]any{}
	var walk func(prefix string, tree map[string]any)
	walk = func(prefix string, tree map[string]any) {
		for key, value := range tree {
			if section, ok := value.(map[string]any); ok {
				walk(prefix+key+".", section)
			} else {
				leaves[prefix+key] = value
			}
		}
	}
	walk("", tree)
	return leaves
}
