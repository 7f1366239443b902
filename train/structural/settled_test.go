package structural

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/train/model"
)

// The settled settings lead to the shape of the outcome in every field, without a choice, and leave the first settings alone.
func TestSettledShapeIsTheChosenOne(t *testing.T) {
	_, defaults := Structural{}.Defaults()
	chosen := Shape{}
	fields := reflect.ValueOf(&chosen).Elem()
	for i := range fields.NumField() { // no field may be left out
		switch f := fields.Field(i); f.Kind() {
		case reflect.Int:
			f.SetInt(int64(4 + i))
		case reflect.Float64:
			f.SetFloat(0.25 + float64(i))
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString(fields.Type().Field(i).Name)
		case reflect.Array:
			f.Set(reflect.ValueOf(Shifts{40, 60}))
		default:
			t.Fatalf("set a field of kind %s", f.Kind())
		}
	}
	out := &model.Outcome{Description: model.Description{Inference: &model.Inference{Choice: &model.Choice{Shape: chosen}}}}
	settled := Structural{}.Settled(defaults, out, 1).(*Settings)
	require.False(t, settled.ChooseShape)
	require.True(t, defaults.(*Settings).ChooseShape)
	var shape Shape
	settled.Shape.pin(&shape)
	require.Equal(t, chosen, shape)

	Structural{}.Settled(defaults, out, 0.5).(*Settings).Shape.pin(&shape)
	require.Equal(t, chosen.Knots/2, shape.Knots)
	out.Inference.Choice.Shape = map[string]any{} // read from a file
	require.True(t, Structural{}.Settled(defaults, out, 1).(*Settings).ChooseShape)
}
