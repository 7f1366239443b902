package dag

// What tests from outside look at.
var (
	PruneBut = pruneBut
	Resample = resample
)
