package modelfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/bounded"
	"deepcausalmmm/panel"
)

// table is a panel of two regions and three weeks.
func table(t testing.TB) *panel.Panel {
	p, err := panel.New(panel.Panel{
		Regions: []string{"a", "b"}, Weeks: []string{"1", "2", "3"}, Channels: []string{"tv"}, Controls: []string{"price"},
		Media: []float64{1, 2, 3, 4, 5, 6}, Control: []float64{6, 5, 4, 3, 2, 1}, Target: []float64{1, 1, 1, 1, 1, 1},
	})
	require.NoError(t, err)
	return p
}

func encoded(t testing.TB, fill func(w *Writer)) []byte {
	w := NewWriter()
	fill(w)
	var file bytes.Buffer
	require.NoError(t, w.Encode(&file))
	return file.Bytes()
}

func reader(t testing.TB, file []byte) *Reader {
	r, err := Parse(file, "(try again)")
	require.NoError(t, err)
	return r
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	p := table(t)
	r := reader(t, encoded(t, func(w *Writer) {
		w.Tensor("single", []float32{1, 0.1}, 2)
		w.Tensor("double", []float64{math.Pi, math.Copysign(0, -1), 1e-300, 4}, 2, 2)
		w.Text("version", "7")
		require.NoError(t, w.JSON(map[string]any{"sizes": []int{1, 2}}))
		require.NoError(t, w.Panel(p, p.Media))
		w.Sign()
	}))
	require.NoError(t, r.Verify())
	require.Equal(t, "7", r.Text("version"))
	require.Empty(t, r.Text("none"))
	var sizes []int
	require.NoError(t, r.JSON("sizes", &sizes))
	require.Equal(t, []int{1, 2}, sizes)
	single, err := r.Finite("single", 2)
	require.NoError(t, err)
	require.Equal(t, []float64{1, float64(float32(0.1))}, single)
	double, err := r.Tensor("double", 2, 2)
	require.NoError(t, err)
	require.Equal(t, []float64{math.Pi, math.Copysign(0, -1), 1e-300, 4}, double)
	again, err := r.Panel()
	require.NoError(t, err)
	require.Equal(t, p.Media, again.Media)
	require.Equal(t, p.Control, again.Control)
	require.Equal(t, p.Regions, again.Regions)
	require.Equal(t, p.Weeks, again.Weeks)
	require.Empty(t, again.Target)
	require.Empty(t, r.Names(), "all is taken")
}

// The roles of columns that few panels have are kept; without them a file does not name them.
func TestRolesAreKept(t *testing.T) {
	p := table(t)
	r := reader(t, encoded(t, func(w *Writer) { require.NoError(t, w.Panel(p, p.Media)) }))
	require.Empty(t, r.Text("kinds")+r.Text("treatments")+r.Text("spend_of")+r.Text("population")+r.Text("categories"))

	q := *p
	cells := len(p.Regions) * len(p.Weeks)
	q.Kinds = slices.Repeat([]panel.ChannelKind{panel.Paid}, len(p.Channels))
	q.Kinds[0] = panel.Mediator
	q.Treatments = slices.Repeat([]bool{true}, len(p.Controls))
	q.SpendNames, q.Spend = []string{"cost"}, slices.Repeat([]float64{2}, cells)
	q.SpendOf = slices.Repeat([]int{-1}, len(p.Channels))
	q.SpendOf[len(p.Channels)-1] = 0
	q.Population, q.Revenue = slices.Repeat([]float64{5}, len(p.Regions)), slices.Repeat([]float64{0.5}, cells)
	q.Categories = []panel.Category{{Column: "events", Levels: []string{"none", "sale"}}}
	r = reader(t, encoded(t, func(w *Writer) { require.NoError(t, w.Panel(&q, q.Media)) }))
	again, err := r.Panel()
	require.NoError(t, err)
	require.Empty(t, r.Names(), "all is taken")
	require.Equal(t, q.Kinds, again.Kinds)
	require.Equal(t, q.Treatments, again.Treatments)
	require.Equal(t, q.Spend, again.Spend)
	require.Equal(t, q.SpendOf, again.SpendOf)
	require.Equal(t, q.Population, again.Population)
	require.Equal(t, q.Revenue, again.Revenue)
	require.Equal(t, q.Categories, again.Categories)
}

// The order in which a file is filled does not show in its bytes.
func TestSameContentSameBytes(t *testing.T) {
	one := encoded(t, func(w *Writer) {
		w.Text("a", "1")
		w.Text("b", "2")
		w.Tensor("x", []float32{1}, 1)
		w.Tensor("y", []float32{2}, 1)
		w.Sign()
	})
	other := encoded(t, func(w *Writer) {
		w.Tensor("y", []float32{2}, 1)
		w.Tensor("x", []float32{1}, 1)
		w.Text("b", "2")
		w.Text("a", "1")
		w.Sign()
	})
	require.Equal(t, one, other)
}

func TestReadersRefuse(t *testing.T) {
	file := encoded(t, func(w *Writer) {
		w.Tensor("weight", []float32{1, 2}, 2)
		w.Tensor("broken", []float64{1, math.Inf(1)}, 2)
		w.Text("sizes", "[1, ")
	})
	var sizes []int
	for want, try := range map[string]func(r *Reader) error{
		`has no tensor "weigth", only "weight" (try again)`:                      func(r *Reader) error { return r.Has("weigth", 2) },
		`has no tensor "qqqqqqqq" (try again)`:                                   func(r *Reader) error { return r.Has("qqqqqqqq", 2) },
		`tensor "weight" is [2], but its configuration asks for [3] (try again)`: func(r *Reader) error { return r.Has("weight", 3) },
		`tensor "weight" is [2], but its configuration asks for [1000000000 1000000000] (try again)`: func(r *Reader) error {
			_, err := r.Tensor("weight", 1e9, 1e9)
			return err
		},
		`tensor "broken" is +Inf at element 1 (try again)`:                                    func(r *Reader) error { _, err := r.Finite("broken", 2); return err },
		`its metadata "sizes" is missing or broken: unexpected end of JSON input (try again)`: func(r *Reader) error { return r.JSON("sizes", &sizes) },
		`its metadata "none" is missing or broken: unexpected end of JSON input (try again)`:  func(r *Reader) error { return r.JSON("none", &sizes) },
		`has tensors that are not part of its configuration: broken, weight (try again)`:      (*Reader).Surplus,
	} {
		require.EqualError(t, try(reader(t, file)), want)
	}
	r := reader(t, file)
	r.Skip("broken", "weight", "never there")
	require.NoError(t, r.Surplus(), "what is skipped is no surplus")
}

func TestASignatureCoversTensorsAndMetadata(t *testing.T) {
	file := encoded(t, func(w *Writer) {
		w.Tensor("weight", []float32{1, 2}, 2)
		w.Text("note", "abcdef")
		w.Sign()
	})
	require.NoError(t, reader(t, file).Verify())
	value, note := bytes.Clone(file), bytes.Replace(file, []byte("abcdef"), []byte("abcdeg"), 1)
	value[len(value)-1] ^= 1
	name := bytes.Replace(file, []byte(`"weight"`), []byte(`"weighs"`), 1)
	for what, changed := range map[string][]byte{"value": value, "note": note, "name": name} {
		require.NotEqual(t, file, changed)
		require.ErrorContains(t, reader(t, changed).Verify(), "is damaged: its digest is ", what)
	}
	require.Error(t, reader(t, encoded(t, func(w *Writer) { w.Text("note", "x") })).Verify(), "not signed")
}

func TestErrorsOfForeignFilesSayWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	_, err := Read(path)
	require.EqualError(t, err, path+": cannot read: no such file or directory (check the path)")
	var wrong *Error
	require.ErrorAs(t, err, &wrong)
	require.True(t, errors.Is(err, fs.ErrNotExist))
	require.Panics(t, func() { NewWriter().Tensor("x", []float32{1}, 2) })
	require.Panics(t, func() { NewWriter().Tensor("x", []int{1}, 1) })
	require.ErrorContains(t, NewWriter().JSON(map[string]any{"x": math.NaN()}), "metadata x: ")
}

// FuzzParse: for any bytes, no panic, little memory, and an error is one line.
func FuzzParse(f *testing.F) {
	p := table(f)
	file := encoded(f, func(w *Writer) {
		require.NoError(f, w.Panel(p, p.Media))
		w.Sign()
	})
	for _, n := range []int{0, 7, 8, 100, len(file) - 1, len(file)} {
		f.Add(file[:n])
	}
	f.Add(binary.LittleEndian.AppendUint64(nil, 1<<60))
	for at := 8; at < len(file); at += 31 {
		bent := bytes.Clone(file)
		bent[at] ^= 0x11
		f.Add(bent)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		bounded.Memory(t, len(content), func() {
			r, err := Parse(content, "(try again)")
			if err == nil {
				_, err = r.Panel()
			}
			if err == nil {
				err = r.Verify()
			}
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
		})
	})
}
