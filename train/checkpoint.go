package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// CheckpointFile is the name of a training's state in its output folder, from the start of a training to its end.
const CheckpointFile = "checkpoint.safetensors"

// checkpointFormat is the version of a checkpoint. It counts up whenever the state changes, or the arithmetic of an
// epoch: a training that one version began and another ended would be neither's.
const checkpointFormat = "1"

// checkpoint writes the training's state: configuration, panel and backend, and what the model puts into it.
func (t *Trainer) checkpoint(put func(*modelfile.Writer) error) func(io.Writer) error {
	return func(out io.Writer) error {
		w := modelfile.NewWriter()
		w.Text("checkpoint_version", checkpointFormat)
		if err := w.JSON(map[string]any{"config": t.config, "panel": t.panel.Fingerprint(), "blas": blas.Used()}); err != nil {
			return err
		}
		if err := put(w); err != nil {
			return err
		}
		w.Sign()
		return w.Encode(out)
	}
}

// Checkpoint is the state of a training that was interrupted.
type Checkpoint struct {
	Config Config // the training's; Data.File is the path of its panel

	file  string
	panel panel.Fingerprint
	blas  string
	state *modelfile.Reader
}

// LoadCheckpoint reads the checkpoint of an output folder and checks that it is complete. Errors are a *ModelError.
func LoadCheckpoint(dir string) (*Checkpoint, error) {
	path := filepath.Join(dir, CheckpointFile)
	text, err := modelfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &ModelError{File: path, Problem: "there is no such checkpoint: the training ended, never began, or saved nothing " +
			"(start it again with --config and --out)"}
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

const startAgain = "(start the training again)"

func parseCheckpoint(text []byte) (*Checkpoint, error) {
	r, err := modelfile.Parse(text, startAgain)
	if err != nil {
		return nil, err
	}
	if v := r.Text("checkpoint_version"); v != checkpointFormat {
		return nil, r.Errorf("is a checkpoint of version %q, and this program continues from %q", v, checkpointFormat)
	}
	if err := r.Verify(); err != nil {
		return nil, err
	}
	c := &Checkpoint{state: r}
	for _, entry := range []struct {
		key  string
		into any
	}{{"config", &c.Config}, {"panel", &c.panel}, {"blas", &c.blas}} {
		if err := r.JSON(entry.key, entry.into); err != nil {
			return nil, err
		}
	}
	if key, problem := c.Config.check(); key != "" {
		return nil, r.Errorf("its configuration is broken: %s: %s", key, problem)
	}
	return c, nil
}

// Resume has Run continue from a checkpoint. The training must be of the same configuration and panel (its file may have
// moved); otherwise Resume returns a *ModelError. Call it before Run, and discard the training after an error.
func (t *Trainer) Resume(c *Checkpoint) error {
	r, ok := t.training.(model.Resumable)
	if !ok {
		return &ModelError{File: c.file, Problem: fmt.Sprintf("is of another model: model: %s is not saved while it trains %s", t.config.Model, startAgain)}
	}
	if d := difference(c.Config, t.config); d != "" {
		return &ModelError{File: c.file, Problem: fmt.Sprintf("is of another configuration: %s (continue with the checkpoint's, or start again)", d)}
	}
	if d := c.panel.Difference(t.panel.Fingerprint()); d != "" {
		return &ModelError{File: c.file, Problem: fmt.Sprintf("is of another panel than %s: %s (continue with the checkpoint's, or start again)",
			t.panel.Report.File, d)}
	}
	if err := r.Resume(c.state); err != nil {
		return &ModelError{File: c.file, Problem: err.Error()}
	}
	t.logf("resumed before %s, from %s", r.Next(), c.file)
	if used := blas.Used(); used != c.blas {
		t.logf("warning: matrices were multiplied by %s before the interruption, and are by %s now: "+
			"the last digits will differ from those of an uninterrupted training", c.blas, used)
	}
	return nil
}

// difference names the keys in which two configurations differ, wherever the panel's file is; empty if they are the same.
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
