package structural

import (
	"math"

	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/layers"
)

// sizeOfEarlier is a parameter of files of versions without a choice of forms: the logarithm β of the effect of a saturated
// channel, e^β·xⁿ/(xⁿ + kⁿ).
const sizeOfEarlier = "effect.size"

// convert gives a file of an earlier version the parameters of this one. An average week adds e^β/(1 + kⁿ); by a saturation from Go
// it is multiplied as before.
func (f *Fitted) convert(r *modelfile.Reader) error {
	M := len(f.panel.Channels)
	if r.Has(sizeOfEarlier, M) != nil {
		return nil
	}
	average, err := r.Finite(sizeOfEarlier, M)
	if err != nil {
		return err
	}
	if f.settings.Design.Saturation == nil {
		var curve [2][]float64
		for i, name := range []string{"effect.half", "effect.slope"} {
			if curve[i], err = r.Finite(name, M); err != nil {
				return err
			}
			r.Put(name, curve[i], M)
		}
		for c := range average {
			average[c] -= math.Log1p(math.Exp(curve[0][c] * math.Exp(curve[1][c])))
		}
	}
	expected := f.forms[0].Shape.Media / float64(M)
	for c := range average {
		average[c] -= math.Log(expected)
	}
	r.Put("effect.together", []float64{0}, 1)
	r.Put("effect.average", average, M)
	r.Put("noise.size", []float64{layers.NoiseSize.Mean}, 1) // the noise of earlier versions was no parameter
	r.Put("noise.dof", []float64{layers.NoiseDof.Mean}, 1)
	return nil
}
