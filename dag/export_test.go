package dag

// PruneBut is for tests.
var PruneBut = pruneBut
