package neural

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/train/model"
)

// kept is the state that a training saved last.
type kept struct{ file []byte }

// save keeps what put writes.
func (k *kept) save(put func(*modelfile.Writer) error) error {
	w := modelfile.NewWriter()
	if err := put(w); err != nil {
		return err
	}
	var file bytes.Buffer
	err := w.Encode(&file)
	k.file = file.Bytes()
	return err
}

func (k *kept) reader(t *testing.T) *modelfile.Reader {
	r, err := modelfile.Parse(k.file, "(start again)")
	require.NoError(t, err)
	return r
}

func (k *kept) state(t *testing.T) (s state) {
	require.NoError(t, k.reader(t).JSON("state", &s))
	return s
}

func TestTheTimeBeforeAnInterruptionCounts(t *testing.T) {
	c := quickConfig(dag.Triangular)
	var saved kept
	training := newSample(t, c)
	training.SaveEvery(10, saved.save)
	ctx, cancel := context.WithCancel(t.Context())
	training.task.Observer.Step = func(s model.Step) {
		if s.Number == 5 {
			cancel()
		}
	}
	_, err := training.Run(ctx)
	var stopped *model.Interrupted
	require.ErrorAs(t, err, &stopped)
	require.Equal(t, "epoch 6", stopped.Before)
	elapsed := saved.state(t).Elapsed
	require.Positive(t, elapsed)
	resumed := newSample(t, c)
	require.NoError(t, resumed.Resume(saved.reader(t)))
	require.Equal(t, elapsed, resumed.clock.Before)
	out, err := resumed.Run(t.Context())
	require.NoError(t, err)
	require.Greater(t, out.Seconds, elapsed.Seconds())
}

// A state that cannot be written when the context ends is lost, and the error says so.
func TestATrainingThatCannotBeSavedAtItsEndSaysSo(t *testing.T) {
	full := errors.New("no space left on device")
	training := newSample(t, quickConfig(dag.Triangular))
	training.SaveEvery(10, func(func(*modelfile.Writer) error) error { return full })
	training.saves.last = 0
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	training.done = 1
	_, err := training.Run(ctx)
	require.ErrorContains(t, err, "stopped before epoch 1 of the warm start, and what came before is lost: ")
	require.ErrorIs(t, err, full)
	require.NotErrorIs(t, err, context.Canceled)
}

// BenchmarkCheckpoint measures a save of a training of the preset's size.
func BenchmarkCheckpoint(b *testing.B) {
	c := DefaultConfig()
	c.WarmStartEpochs, c.NEpochs = 0, 1
	training := newOn(b, c, noise(b, 190, 109, 13, 7))
	require.NoError(b, training.step())
	var saved kept
	for b.Loop() {
		require.NoError(b, saved.save(func(w *modelfile.Writer) error {
			err := training.putState(w)
			w.Sign()
			return err
		}))
	}
	b.ReportMetric(float64(len(saved.file))/1e6, "MB")
}
