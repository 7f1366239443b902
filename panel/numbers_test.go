package panel

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"deepcausalmmm/internal/bounded"

	"github.com/stretchr/testify/require"
)

func TestReadNumbers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.csv")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o644)) }
	write("id,x1,y,x2\na,1,2,3\nb,-4,5e1, 6\n")

	n, err := ReadNumbers(file, "", "x*")
	require.NoError(t, err)
	require.Equal(t, &Numbers{Names: []string{"x1", "x2"}, Rows: 2, Cells: []float64{1, 3, -4, 6}}, n)

	names, err := Header(file, "")
	require.NoError(t, err)
	require.Equal(t, []string{"id", "x1", "y", "x2"}, names)
	n, err = ReadNumbers(file, "", "y", "x?")
	require.NoError(t, err)
	require.Equal(t, []string{"x1", "y", "x2"}, n.Names, "in the order of the table")

	var cell *CellError
	_, err = ReadNumbers(file, "", "*")
	require.ErrorAs(t, err, &cell)
	require.Equal(t, 2, cell.Line)
	require.Equal(t, "id", cell.Column)
	for _, bad := range []string{"", "NaN", "Inf", "1e300", "1,5x"} {
		write("x,y\n1,2\n3,\"" + bad + "\"\n")
		_, err = ReadNumbers(file, "", "y")
		require.ErrorAs(t, err, &cell, bad)
		require.Equal(t, 3, cell.Line)
		require.Equal(t, bad, cell.Value)
	}

	_, err = ReadNumbers(file, "", "z")
	require.ErrorContains(t, err, `"z" matches no column`)
	write("x,y\n")
	_, err = ReadNumbers(file, "", "x")
	require.ErrorContains(t, err, "no rows")
	_, err = ReadNumbers(file+".none", "", "x")
	require.ErrorContains(t, err, "check the path")
	write("x,x\n1,2\n")
	_, err = ReadNumbers(file, "", "x")
	require.ErrorContains(t, err, "both named")
}

// FuzzNumbers: any bytes give an error of one line, or Rows × Names finite numbers.
func FuzzNumbers(f *testing.F) {
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, content string) {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		bounded.Memory(t, len(content), func() {
			n, err := ReadNumbers(path, "", "*")
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				return
			}
			require.Len(t, n.Cells, n.Rows*len(n.Names))
			require.False(t, slices.ContainsFunc(n.Cells, func(x float64) bool { return math.IsNaN(x - x) }))
		})
	})
}
