package holiday

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/bounded"
)

// FuzzFile: any bytes give an error of one line, or days with a date and a name, in bounded memory.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"", "date,name\n", "\ufeffname,date\nEid,2024-04-10\n", "date,name\n2024-02-30,x\n", "date,name\n2024-01-01\n", "date,name\n\"2024",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "holidays.csv")
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		bounded.Memory(t, len(content), func() {
			c, err := Open(path)
			if err != nil {
				require.Nil(t, c)
				require.NotContains(t, err.Error(), "\n")
				return
			}
			for _, d := range c.Days {
				require.Len(t, d.Date, len("2024-12-25"))
				require.NotEmpty(t, d.Name)
			}
		})
	})
}
