package neural_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/conformance"
	"deepcausalmmm/internal/conformance/modelcase"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/train/neural"
)

// trajectory is a training of the Python original, epoch by epoch.
type trajectory struct {
	Steps []struct {
		Epoch int      `json:"epoch"`
		Loss  float64  `json:"loss"`
		RMSE  float64  `json:"rmse"`
		LR    float64  `json:"lr"`
		H     *float64 `json:"dual_h"`
		Rho   *float64 `json:"dual_rho"`
		Alpha *float64 `json:"dual_alpha"`
	} `json:"steps"`
	Parameters map[string]json.RawMessage `json:"final_parameters"`
	Adjacency  json.RawMessage            `json:"final_adjacency"`
}

// TestTrajectoryConformance replays trainings of the Python original: loss, RMSE, learning rate and duals at every step, and the
// parameters at the end.
func TestTrajectoryConformance(t *testing.T) {
	conformance.Run(t, conformance.Trajectory, func(t *testing.T, c *conformance.Case) {
		const tolerance = 1e-7
		var want trajectory
		require.NoError(t, json.Unmarshal(c.Trajectory, &want))
		m, params := modelcase.Build(t, c)
		l := neural.NewReplay(caseConfig(t, c, m), m, t.Logf)
		for _, s := range want.Steps {
			same := func(name string, want *float64, got float64) {
				if want != nil {
					conformance.Close(t, name, []float64{*want}, []float64{got}, tolerance)
				}
			}
			require.NoError(t, l.Step())
			same("loss", &s.Loss, m.Scalar(m.Loss.Total))
			same("rmse", &s.RMSE, l.RMSE())
			before := l.Duals().Alpha
			require.NoError(t, l.AfterStep(s.Epoch))
			require.Equal(t, s.H != nil, l.Duals().Alpha != before, "epoch %d: the duals move when the original's do", s.Epoch)
			same("dual_h", s.H, m.Acyclicity())
			same("dual_rho", s.Rho, l.Duals().Rho)
			same("dual_alpha", s.Alpha, l.Duals().Alpha)
			same("lr", &s.LR, l.Schedule(s.Epoch))
		}
		for name, raw := range want.Parameters {
			expected, _ := conformance.Flat(t, raw)
			conformance.Close(t, name, expected, graph.Floats(params.Get(name).Value), tolerance)
		}
		if want.Adjacency != nil && m.Adjacency() != nil {
			expected, _ := conformance.Flat(t, want.Adjacency)
			conformance.Close(t, "final adjacency", expected, m.Adjacency().RawMatrix().Data, tolerance)
		}
	})
}

// caseConfig is the model's configuration with the case's optimizer.
func caseConfig(t *testing.T, c *conformance.Case, m *neural.Model) neural.Config {
	config := m.Config
	require.NoError(t, settings.UnmarshalJSON(c.Config, &config.Optimizer)) // the cases hold the optimizer's keys at their top
	return config
}
