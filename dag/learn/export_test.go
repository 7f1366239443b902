package learn

// Resample is for tests.
var Resample = resample
