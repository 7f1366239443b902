package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

func TestVerdictFollowsSkill(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, nil, nil), nil)
	result, err := train.LoadResult(dir)
	require.NoError(t, err)
	for skill, says := range map[float64]string{
		-0.2: "no better than the best naive forecast", 0: "no better than", 0.25: "off by 25.0\u202f% less",
	} {
		result.Metrics.Skill = &skill
		var b bytes.Buffer
		require.NoError(t, report.Draw(&b, result))
		require.Contains(t, b.String(), says)
		require.Equal(t, skill <= 0, strings.Contains(b.String(), "The fit does not earn these numbers trust"))
	}
}
