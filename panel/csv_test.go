package panel

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/bounded"
)

// Any bytes give an error of one line, or a panel of finite numbers with every cell in its place.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", "r,w,y,x", "r,w,y,x\na,1,2,3\n", "\ufeffr,w,y,x\r\na,2021-01-04,2,\r\nb,2021-01-11,,3\r\n",
		"r,w,y,x\na,1,NaN,3", "r,w,y,x\na,1,-2,1e30\na,9223372036854775807,1,1\na,-9223372036854775808,1,1",
		"r,w,y,x\n\"a,1,2,3", "r,w,y,x\n a , 07 ,0x1p-2,1_0", "r;w;y;x\na;1;2;3", "r,r,r,r",
		"r,w,y,x,c\na,1,2,3,4\nb,1,2,3,\n",
	} {
		f.Add(seed)
	}
	columns := small()
	f.Fuzz(func(t *testing.T, content string) {
		var p *Panel
		var err error
		bounded.Memory(t, len(content), func() {
			p, err = readTable("fuzz.csv", newCSV("fuzz.csv", strings.NewReader(content)), columns)
		})
		if err != nil {
			require.Nil(t, p)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.Len(t, p.Media, len(p.Regions)*len(p.Weeks))
		require.Len(t, p.Target, len(p.Regions)*len(p.Weeks))
		for _, b := range p.blocks() {
			for _, x := range b.cells {
				require.False(t, math.IsNaN(x) || math.IsInf(x, 0), "a cell is %v", x)
			}
		}
		require.NotEmpty(t, p.Report.Lines())
	})
}

func TestFailingDiskIsReported(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, before := range []string{"", shop[:20], shop} {
		from := io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken))
		_, err := readTable("panel.csv", newCSV("panel.csv", from), shopColumns())
		require.ErrorIs(t, err, broken, "after %d bytes", len(before))
		require.ErrorContains(t, err, "panel.csv: ")
	}
}
