package neural

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/optim"
)

// state holds the scalars of a training between two epochs. Parameters, the optimizer's tensors and the history are stored as
// tensors.
type state struct {
	Done     int             `json:"done"`    // epochs, those of the warm start included
	Dropout  []byte          `json:"dropout"` // the generator of the masks
	Rate     float64         `json:"rate"`    // of the next epoch of the main loop
	Steps    map[string]int  `json:"steps"`   // that the optimizer has taken, by parameter
	Schedule json.RawMessage `json:"schedule"`
	Patience patience        `json:"patience"`
	Duals    optim.Duals     `json:"duals"`
	Active   bool            `json:"active"`  // the penalty on cycles counts
	Elapsed  time.Duration   `json:"elapsed"` // ns
}

// state returns the training's state, with the optimizer's tensors by their names in a checkpoint.
func (t *Trainer) state() (s state, memory map[string]*tensor.Dense, err error) {
	l := t.loop
	s = state{
		Done: t.done, Rate: l.optimizer.LearningRate(), Steps: map[string]int{},
		Patience: t.patience, Duals: *l.duals, Active: l.active, Elapsed: t.clock.Elapsed(),
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

// optimizer is the one whose state matters: the main loop's starts fresh after the warm start.
func (t *Trainer) optimizer() optim.Optimizer {
	if t.done < t.config.WarmStartEpochs {
		return t.loop.warm
	}
	return t.loop.optimizer
}

// memoryName returns the name of an optimizer's tensor in a checkpoint.
func memoryName(name string, p *optim.Param) string { return "optimizer." + name + "." + p.Name }

// The tensors of a checkpoint that are neither parameters nor the optimizer's.
const (
	tensorHistory = "history" // [epochs, values of an Epoch]
	tensorSeconds = "seconds" // [epochs]
)

// putState writes the state of the training between two epochs.
func (t *Trainer) putState(w *modelfile.Writer) error {
	s, memory, err := t.state()
	if err != nil {
		return err
	}
	w.Params("", t.fitted.params)
	for name, x := range memory {
		w.Tensor(name, x.Data(), x.Shape()...)
	}
	var history []float64
	for i := range t.history {
		for _, v := range t.history[i].values() {
			history = append(history, *v)
		}
	}
	if n := len(t.history); n > 0 { // the format has no empty tensors
		w.Tensor(tensorHistory, history, n, len(history)/n)
		w.Tensor(tensorSeconds, t.seconds, n)
	}
	return w.JSON(map[string]any{"state": s})
}

// Resume continues a training between the two epochs at which putState wrote it. Discard the training after an error.
func (t *Trainer) Resume(r *modelfile.Reader) error {
	var s state
	if err := r.JSON("state", &s); err != nil {
		return err
	}
	t.done, t.patience, t.clock.Before = s.Done, s.Patience, s.Elapsed
	if err := t.takeHistory(r); err != nil {
		return err
	}
	if err := t.takeOptimizer(r, s.Steps); err != nil {
		return err
	}
	if err := r.Params("", t.fitted.params); err != nil {
		return err
	}
	if err := r.Surplus(); err != nil {
		return err
	}
	l := t.loop
	l.optimizer.SetLearningRate(s.Rate)
	*l.duals = s.Duals
	l.activate(s.Active)
	if err := t.dropout.UnmarshalBinary(s.Dropout); err != nil {
		return r.Errorf("%w", err)
	}
	if err := json.Unmarshal(s.Schedule, l.schedule); err != nil {
		return r.Errorf("its schedule is broken: %w", err)
	}
	return nil
}

// takeHistory takes the epochs of the main loop that are done.
func (t *Trainer) takeHistory(r *modelfile.Reader) error {
	n := max(0, t.done-t.config.WarmStartEpochs)
	if t.done < 0 || n > t.config.NEpochs {
		return r.Errorf("has %d epochs done of %d", t.done, t.config.WarmStartEpochs+t.config.NEpochs)
	}
	if n == 0 {
		return nil
	}
	columns := len(new(Epoch).values())
	history, err := r.Tensor(tensorHistory, n, columns)
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
	t.seconds, err = r.Tensor(tensorSeconds, n)
	return err
}

func (t *Trainer) takeOptimizer(r *modelfile.Reader, steps map[string]int) error {
	optimizer := t.optimizer()
	for _, p := range t.loop.params {
		s := optim.State{Steps: steps[p.Name], Tensors: map[string]*tensor.Dense{}}
		for _, key := range slices.Clone(r.Names()) {
			memory, ofOptimizer := strings.CutPrefix(key, "optimizer.")
			name, ofParam := strings.CutSuffix(memory, "."+p.Name)
			if !ofOptimizer || !ofParam {
				continue
			}
			values, err := r.Finite(key, p.Value.Shape()...)
			if err != nil {
				return err
			}
			s.Tensors[name] = graph.Tensor(p.Value.Dtype(), values, p.Value.Shape()...)
		}
		if err := optimizer.SetState(p, s); err != nil {
			return r.Errorf("%w", err)
		}
	}
	return nil
}
