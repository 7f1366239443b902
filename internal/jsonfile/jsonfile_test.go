package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type level float64

type embedded struct {
	Inner float64 `json:"inner"`
	Same  string
}

// figure writes itself.
type figure struct{ x float64 }

func (f figure) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]float64{"figure": f.x}) }

// document has what encoding/json treats specially.
type document struct {
	embedded
	Name    string             `json:"name"`
	Empty   string             `json:"empty,omitempty"`
	Zero    float64            `json:"zero,omitzero"`
	Omitted float64            `json:"omitted,omitempty"`
	Quoted  float64            `json:"quoted,string"`
	Hidden  float64            `json:"-"`
	Number  float64            `json:"number"`
	Narrow  float32            `json:"narrow"`
	Level   level              `json:"level"`
	Pointer *float64           `json:"pointer"`
	List    []float64          `json:"list"`
	Matrix  [][]float64        `json:"matrix,omitempty"`
	Pair    [2]float64         `json:"pair"`
	Map     map[string]float64 `json:"map"`
	Any     any                `json:"any"`
	Bytes   []byte             `json:"bytes"`
	Figure  figure             `json:"figure"`
	Figures []*figure          `json:"figures"`
	Raw     json.RawMessage    `json:"raw,omitempty"`
	Time    time.Time          `json:"time"`
	Wait    time.Duration      `json:"wait"`
	Count   int                `json:"count"`
	private float64
}

// draw makes a document of numbers, and counts those that are written and not finite.
func draw(t *rapid.T, number *rapid.Generator[float64]) (d document, lost int) {
	text := rapid.String()
	x := func() float64 {
		v := number.Draw(t, "number")
		if !finite(v) {
			lost++
		}
		return v
	}
	list := func() []float64 {
		l := []float64(nil)
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			l = append(l, x())
		}
		return l
	}
	d = document{
		embedded: embedded{Inner: x(), Same: text.Draw(t, "same")}, Name: text.Draw(t, "name") + "<&>\u2028\ufffd", Quoted: x(), Hidden: 1,
		Number: x(), Narrow: float32(rapid.Float32().Draw(t, "narrow")), Level: level(x()), List: list(), Pair: [2]float64{x(), x()},
		Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), Figure: figure{x()}, Time: time.Unix(0, 0).UTC(), Wait: 3, Count: 7, private: 2,
		Empty: rapid.SampledFrom([]string{"", "full"}).Draw(t, "empty"),
	}
	if rapid.Bool().Draw(t, "with") {
		p := x()
		d.Pointer, d.Zero, d.Omitted, d.Any, d.Figures = &p, x(), x(), map[string]any{"deep": []any{x(), "text", nil}}, []*figure{{x()}, nil}
		d.Matrix, d.Raw = [][]float64{list(), {}, nil}, json.RawMessage(`{"a": [1, 2]}`)
		d.Map = map[string]float64{}
		for _, key := range rapid.SliceOfDistinct(text, rapid.ID[string]).Draw(t, "keys") {
			d.Map[key] = x()
		}
	}
	return d, lost
}

var indents = rapid.SampledFrom([]string{"", " ", "  ", "\t"})

func TestFiniteValuesAreWrittenAsEncodingJSONDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := draw(t, rapid.OneOf(rapid.Float64Range(-10, 10), rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e21, 1e-7, 5e-324})))
		indent := indents.Draw(t, "indent")
		var want, got bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", indent)
		require.NoError(t, e.Encode(d))
		lost, err := Encode(&got, d, indent)
		require.NoError(t, err)
		require.Empty(t, lost)
		require.Equal(t, want.String(), got.String())
	})
}

// Wherever numbers are not finite, each is null, each is named, and the rest is what it would be.
func TestNumbersThatAreNotFiniteAreNull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64Range(1, 10), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}))
		d, want := draw(t, number)
		var out bytes.Buffer
		lost, err := Encode(&out, d, indents.Draw(t, "indent"))
		require.NoError(t, err)
		require.True(t, json.Valid(out.Bytes()))
		require.Len(t, lost, want)
		var back map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &back))
		require.Equal(t, !finite(d.Number), back["number"] == nil)
		for i, x := range d.List {
			require.Equal(t, !finite(x), back["list"].([]any)[i] == nil)
			if !finite(x) {
				require.Contains(t, lost, fmt.Sprintf("list[%d]", i))
			}
		}
	})
}

func TestPlacesAreKeysAndIndices(t *testing.T) {
	nan := math.NaN()
	effects := []map[string]float64{{"low": 1}, {"low": nan}}
	lost, err := Encode(&bytes.Buffer{}, map[string]any{
		"structural": map[string]any{"effects": effects, "frequency": [][]float64{{0, nan}}}, "3": nan, "figure": figure{nan},
	}, "")
	require.NoError(t, err)
	require.Equal(t, []string{"3", "figure", "structural.effects[1].low", "structural.frequency[0][1]"}, lost)
	lost, err = Encode(&bytes.Buffer{}, nan, "")
	require.NoError(t, err)
	require.Equal(t, []string{""}, lost)
}

func TestDecodeReadsNullAsNaN(t *testing.T) {
	var got struct {
		A, B, Absent float64
		Pointer      *float64
		List         []float64
		Map          map[string]float64
		Text         string
	}
	require.NoError(t, Decode(strings.NewReader(`{"A": null, "B": 2, "Pointer": null, "List": [1, null], "Map": {"x": null}, "Text": null, "other": 1}`), &got))
	require.True(t, math.IsNaN(got.A))
	require.Equal(t, 2.0, got.B)
	require.Zero(t, got.Absent)
	require.Nil(t, got.Pointer)
	require.True(t, math.IsNaN(got.List[1]))
	require.True(t, math.IsNaN(got.Map["x"]))
	require.Error(t, Decode(strings.NewReader(`{"A": 1`), &got))
	require.Error(t, Decode(strings.NewReader(`{"A": "text"}`), &got))
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) MarshalJSON() ([]byte, error) { return nil, errBroken }

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfTheWriterAndOfMethodsAreReturned(t *testing.T) {
	_, err := Encode(&bytes.Buffer{}, []any{broken{}}, "")
	require.ErrorIs(t, err, errBroken)
	_, err = Encode(full{}, 1, "")
	require.ErrorIs(t, err, errBroken)
	_, err = Encode(&bytes.Buffer{}, make(chan int), "")
	require.Error(t, err)
}
