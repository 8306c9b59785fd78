package evidence

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"assetguard/internal/compliance"
)

// WriteJSON writes the report as JSON. Times are RFC 3339.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Words are what a report for people is written with.
type Words struct {
	Language string         // ko or en
	Location *time.Location // of the times
}

func (w Words) word(en, ko string) string { return compliance.Text{En: en, Ko: ko}.In(w.Language) }

// Verdict is the verdict in words.
func (w Words) verdict(v Verdict) string {
	switch v {
	case Met:
		return w.word("met", "충족")
	case NotMet:
		return w.word("not met", "미충족")
	default:
		return w.word("not assessed", "평가 안 함")
	}
}

func (w Words) reason(c CodeReport) string {
	reason := w.mainReason(c)
	if partly := c.partly(); len(partly) > 0 && c.Reason != ReasonAbsent {
		reason += w.word("; not evaluated, or not everywhere: ", "; 전부 또는 일부 평가하지 않음: ") + strings.Join(partly, ", ")
	}
	return reason
}

func (w Words) mainReason(c CodeReport) string {
	switch c.Reason {
	case ReasonFailed:
		return fmt.Sprintf(w.word("failures: %d", "부적합 %d건"), c.sum(func(s SourceReport) int { return s.Failed }))
	case ReasonProcess:
		return w.word("by process, not by this platform", "플랫폼이 아닌 절차로 이행")
	case ReasonSilent:
		return w.word("no result from ", "결과 없음: ") + strings.Join(c.in(StateSilent), ", ")
	case ReasonAbsent:
		return w.word("nothing that gives evidence is evaluated", "증적이 되는 점검을 수행하지 않음")
	case ReasonNoResources:
		return w.word("no resource that the checks are about", "점검 대상 자원 없음")
	}
	if accepted := c.sum(func(s SourceReport) int { return s.Accepted }); accepted > 0 {
		return fmt.Sprintf(w.word("passed, failures accepted: %d", "적합, 예외 승인 %d건"), accepted)
	}
	return w.word("passed", "적합")
}

func (w Words) state(s SourceReport) string {
	absent := ""
	if len(s.Absent) > 0 {
		absent = w.word("not evaluated: ", "평가하지 않음: ") + strings.Join(s.Absent, "; ")
	}
	state := ""
	switch s.State {
	case StateAbsent:
		return absent
	case StateEvaluated:
		state = w.word("evaluated", "평가함")
	case StateNoResources:
		state = w.word("no resources", "대상 자원 없음")
	case StateSilent:
		state = w.word("no result in ", "결과 없음: ") + strings.Join(s.Silent, ", ")
	}
	if absent != "" {
		state += "; " + absent
	}
	return state
}

func (w Words) by(s SourceReport) string {
	if s.EvaluatedBy == compliance.BySecurityHub {
		return "Security Hub " + strings.Join(s.Controls, ", ")
	}
	return w.word("pack", "규칙 팩")
}

func (w Words) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.Location).Format("2006-01-02 15:04 MST")
}

func (c *CodeReport) sum(of func(SourceReport) int) int {
	n := 0
	for _, s := range c.Sources {
		n += of(s)
	}
	return n
}

func (c *CodeReport) in(state State) []string {
	var ids []string
	for _, s := range c.Sources {
		if s.State == state {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// partly are the sources that are not evaluated on purpose, in all or some regions: a verdict does not cover them.
func (c *CodeReport) partly() []string {
	var ids []string
	for _, s := range c.Sources {
		if len(s.Absent) > 0 {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// absent are the sources that are not evaluated on purpose, in all or some regions, by id.
func (r *Report) absent() []SourceReport {
	var all []SourceReport
	for _, c := range r.Codes {
		for _, s := range c.Sources {
			if len(s.Absent) > 0 {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b SourceReport) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(all, func(a, b SourceReport) bool { return a.ID == b.ID })
}

// WriteCSV writes one row for each failing resource, and one for each source of a code without failures, or for the
// code. It is UTF-8 with a byte order mark, so that spreadsheets open it as it is; values that one would take for a
// formula get an apostrophe.
func (r *Report) WriteCSV(out io.Writer, w Words) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return err
	}
	rows := csv.NewWriter(out)
	rows.UseCRLF = true
	head := []string{
		w.word("edition", "기준"), w.word("code", "코드"), w.word("requirement", "항목"), w.word("verdict", "판정"),
		w.word("reason", "사유"), w.word("check or control", "점검"), w.word("what holds", "점검 내용"),
		w.word("evaluated by", "평가 주체"), w.word("state", "상태"), w.word("passed", "적합"), w.word("failed", "부적합"),
		w.word("accepted", "예외"), w.word("latest", "최근 평가"), w.word("account", "계정"), w.word("region", "리전"),
		w.word("resource type", "자원 유형"), w.word("resource", "자원"), w.word("evaluated", "자원 평가 시각"),
		w.word("accepted because", "예외 사유"), w.word("accepted until", "예외 기한"),
	}
	if err := rows.Write(head); err != nil {
		return err
	}
	for _, c := range r.Codes {
		code := []string{string(c.Edition), c.Code, c.Title.In(w.Language), w.verdict(c.Verdict), w.reason(c)}
		if err := w.writeSources(rows, code, c.Sources, len(head)); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

func (w Words) writeSources(rows *csv.Writer, code []string, sources []SourceReport, columns int) error {
	if len(sources) == 0 {
		return rows.Write(row(columns, code))
	}
	for _, s := range sources {
		source := append(slices.Clone(code), s.ID, s.Title.In(w.Language), w.by(s), w.state(s), strconv.Itoa(s.Passed),
			strconv.Itoa(s.Failed), strconv.Itoa(s.Accepted), w.time(s.Latest))
		if len(s.Failures) == 0 {
			if err := rows.Write(row(columns, source)); err != nil {
				return err
			}
		}
		for _, f := range s.Failures {
			failure := append(slices.Clone(source), f.Account, f.Region, f.Type, f.ID, w.time(f.At))
			if f.Accepted != nil {
				failure = append(failure, f.Accepted.Reason, w.time(f.Accepted.Until))
			}
			if err := rows.Write(row(columns, failure)); err != nil {
				return err
			}
		}
	}
	return nil
}

// row fills a row to its length and takes the sting out of formulas.
func row(columns int, values []string) []string {
	cells := make([]string, columns)
	for i, value := range values {
		if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
			value = "'" + value
		}
		cells[i] = value
	}
	return cells
}

//go:embed *.tmpl
var templates embed.FS

// maxFailures is how many resources of one check the Markdown report lists; the CSV has all.
const maxFailures = 20

// WriteMarkdown writes the report for people.
func (r *Report) WriteMarkdown(out io.Writer, w Words) error {
	name := "report.en.md.tmpl"
	if w.Language == "ko" {
		name = "report.ko.md.tmpl"
	}
	t, err := template.New(name).Funcs(template.FuncMap{
		"text": func(t compliance.Text) string { return t.In(w.Language) }, "time": w.time, "verdict": w.verdict,
		"reason": w.reason, "state": w.state, "by": w.by, "join": strings.Join, "cell": cell,
		"first": func(all []Failure) []Failure { return all[:min(len(all), maxFailures)] },
		"more":  func(all []Failure) int { return max(0, len(all)-maxFailures) },
	}).ParseFS(templates, name)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, struct {
		*Report
		Editions []editionReport
		Absent   []SourceReport
	}{r, r.editions(), r.absent()}); err != nil {
		return err
	}
	_, err = io.WriteString(out, strings.TrimSpace(emptyLines.ReplaceAllString(b.String(), "\n\n"))+"\n")
	return err
}

// emptyLines is more than one of them.
var emptyLines = regexp.MustCompile(`\n{3,}`)

// editionReport is the part of a report for one edition.
type editionReport struct {
	Name                     compliance.Edition
	Codes                    []CodeReport
	Met, NotMet, NotAssessed int
	Process                  int // of those not assessed
}

// Failing are the codes with resources that fail, accepted or not, or with a source that is silent.
func (e editionReport) Failing() []CodeReport {
	return slices.DeleteFunc(slices.Clone(e.Codes), func(c CodeReport) bool {
		return !slices.ContainsFunc(c.Sources, func(s SourceReport) bool { return len(s.Failures)+len(s.Silent) > 0 })
	})
}

func (r *Report) editions() []editionReport {
	var all []editionReport
	for _, name := range compliance.Editions() {
		e := editionReport{Name: name}
		for _, c := range r.Codes {
			if c.Edition != name {
				continue
			}
			e.Codes = append(e.Codes, c)
			switch c.Verdict {
			case Met:
				e.Met++
			case NotMet:
				e.NotMet++
			default:
				e.NotAssessed++
			}
			if c.Reason == ReasonProcess {
				e.Process++
			}
		}
		all = append(all, e)
	}
	return all
}

// cell is a value that may hold anything, as a cell of a Markdown table.
func cell(value string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", "`", "'", "[", `\[`).Replace(value)
}
