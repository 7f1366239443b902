package panel

import (
	"math"
	"os"
	"path/filepath"
	"testing"

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
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, content string) {
		var p *Panel
		var err error
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		bounded.Memory(t, len(content), func() { p, err = Read(path, columns) })
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
