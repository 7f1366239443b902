package report_test
import ("testing";"os";"bytes";"deepcausalmmm/report")
func TestZZ(t *testing.T) { for n, by := range map[string]bool{"a":false,"b":true} { var b bytes.Buffer; if err := report.DrawPlan(&b, aPlan(by)); err!=nil {t.Fatal(err)}; os.WriteFile("/tmp/command-page/"+n+".html", b.Bytes(), 0o644) } }
