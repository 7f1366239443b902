package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/nlpodyssey/safetensors"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/optim"
)

// CheckpointFile is the name of a training's state in its output folder. It stands there from the start of a training to
// its end.
const CheckpointFile = "checkpoint.safetensors"

// checkpointFormat is the version of a checkpoint. It counts up whenever the state changes, or the arithmetic of an
// epoch: a training that one version began and another ended would be neither's.
const checkpointFormat = "1"

// Interrupted is a training that its context ended.
type Interrupted struct {
	Before string // the epoch that was due, in words
	Saved  string // the checkpoint from which it goes on; empty where none was asked for
	Cause  error  // the context's
}

func (e *Interrupted) Error() string {
	if e.Saved == "" {
		return fmt.Sprintf("stopped before %s; nothing was saved", e.Before)
	}
	return fmt.Sprintf("stopped before %s; saved in %s", e.Before, e.Saved)
}

func (e *Interrupted) Unwrap() error { return e.Cause }

// saves is where and how often a training keeps its state.
type saves struct {
	dir   string
	every int
	last  int // epochs done when it was last kept; −1 before
}

// SaveTo has Run keep the whole state in a folder, which must exist: before the first epoch, behind every so many
// epochs (those of the warm start count), and when its context ends it. From there Resume goes on. The file is replaced
// at once or not at all; where it cannot be written, a line says so and the training goes on.
func (t *Trainer) SaveTo(dir string, every int) { t.saves = saves{dir: dir, every: every, last: -1} }

func (s *saves) path() string {
	if s.every == 0 {
		return ""
	}
	return filepath.Join(s.dir, CheckpointFile)
}

func (s *saves) due(done int, ending bool) bool {
	return s.every > 0 && done != s.last && (ending || done%s.every == 0)
}

// between epochs the state is kept if that is due, and a training whose context has ended ends.
func (t *Trainer) between(ctx context.Context) error {
	ended := ctx.Err()
	if t.saves.due(t.done, ended != nil) {
		err := files.Write(t.saves.dir, files.As(CheckpointFile, t.writeCheckpoint))
		switch {
		case err == nil:
			t.saves.last = t.done
		case ended != nil:
			return fmt.Errorf("stopped before %s, and what came before is lost: %w", t.where(), err)
		case t.saves.last < 0: // a folder that takes no checkpoint will take no result
			return err
		default:
			t.observer.Logf("warning: %v; the training goes on, and what is saved is %d epochs old", err, t.done-t.saves.last)
		}
	}
	if ended != nil {
		return &Interrupted{Before: t.where(), Saved: t.saves.path(), Cause: ended}
	}
	return nil
}

// state is what a training is at beside its parameters, the optimizer's tensors and the history.
type state struct {
	Done     int             `json:"done"`    // epochs, those of the warm start included
	Dropout  []byte          `json:"dropout"` // the generator of the masks
	Rate     float64         `json:"rate"`    // of the next epoch of the main loop
	Steps    map[string]int  `json:"steps"`   // that the optimizer has taken, by parameter
	Schedule json.RawMessage `json:"schedule"`
	Patience patience        `json:"patience"`
	Duals    dag.Duals       `json:"duals"`
	Active   bool            `json:"active"`  // the penalty on cycles counts
	Elapsed  time.Duration   `json:"elapsed"` // ns
}

// state is the training's, with the optimizer's tensors by their names in a checkpoint.
func (t *Trainer) state() (s state, memory map[string]*tensor.Dense, err error) {
	l := t.loop
	s = state{
		Done: t.done, Rate: l.optimizer.LearningRate(), Steps: map[string]int{},
		Patience: t.patience, Duals: *l.duals, Active: l.active, Elapsed: t.clock.elapsed(),
	}
	memory = map[string]*tensor.Dense{}
	for _, p := range l.params {
		remembered := t.optimizer().State(p)
		s.Steps[p.Name] = remembered.Steps
		for name, x := range remembered.Tensors {
			memory[memoryName(name, p)] = x
		}
	}
	if s.Dropout, err = t.dropout.MarshalBinary(); err != nil {
		return s, nil, err
	}
	s.Schedule, err = json.Marshal(l.schedule)
	return s, memory, err
}

// optimizer is the one whose state matters: the main loop's starts anew behind the warm start.
func (t *Trainer) optimizer() optim.Optimizer {
	if t.done < t.config.WarmStartEpochs {
		return t.loop.warm
	}
	return t.loop.optimizer
}

// memoryName is what a tensor of the optimizer is called in a checkpoint.
func memoryName(name string, p *optim.Param) string { return "optimizer." + name + "." + p.Name }

// The tensors of a checkpoint that are neither parameters nor the optimizer's.
const (
	tensorHistory = "history" // [epochs, values of an Epoch]
	tensorSeconds = "seconds" // [epochs]
)

// writeCheckpoint writes the training as it is between two epochs, in the safetensors format, with a digest of all that
// it holds.
func (t *Trainer) writeCheckpoint(w io.Writer) error {
	s, memory, err := t.state()
	if err != nil {
		return err
	}
	tensors := views{}
	for _, p := range t.params.All() {
		tensors.add(p.Name, p.Value.Data(), p.Value.Shape()...)
	}
	for name, x := range memory {
		tensors.add(name, x.Data(), x.Shape()...)
	}
	var history []float64
	for i := range t.history {
		for _, v := range t.history[i].values() {
			history = append(history, *v)
		}
	}
	if n := len(t.history); n > 0 { // the format knows no empty tensor
		tensors.add(tensorHistory, history, n, len(history)/n)
		tensors.add(tensorSeconds, t.seconds, n)
	}
	metadata, err := metadataOf(map[string]any{
		"config": t.config, "panel": t.panel.Fingerprint(), "state": s, "blas": blas.Used(),
	})
	if err != nil {
		return err
	}
	metadata["checkpoint_version"] = checkpointFormat
	metadata["sha256"] = digest(tensors, metadata)
	return safetensors.SerializeToWriter(tensors, metadata, w)
}

// digest is of all tensors and all metadata, in the order of their names.
func digest(tensors map[string]safetensors.TensorView, metadata map[string]string) string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		fmt.Fprintf(hash, "%q %q\n", name, metadata[name])
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		view := tensors[name]
		fmt.Fprintf(hash, "%q %v %v\n", name, view.DType(), view.Shape())
		hash.Write(view.Data())
	}
	return hex.EncodeToString(hash.Sum(nil))
}
