// Command templates renders every template of cases.txt with Go's text/template and Sprig and writes what came
// out, one JSON object per line, to expected.jsonl. Run it in this folder: go run .
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"os"
	"strings"
	"text/template"
	"unicode"

	"github.com/Masterminds/sprig/v3"
)

type outcome struct {
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"`
}

func main() {
	if err := os.Setenv("TZ", "UTC"); err != nil {
		log.Fatal(err)
	}

	cases, err := os.Open("cases.txt")
	if err != nil {
		log.Fatal(err)
	}
	defer cases.Close()

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)

	lines := bufio.NewScanner(cases)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		if err := encoder.Encode(render(unfold(lines.Text()))); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile("expected.jsonl", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// unfold turns `\n` into a line break, except inside an action.
func unfold(line string) string {
	var out strings.Builder
	for i, part := range strings.Split(line, "{{") {
		if i > 0 {
			out.WriteString("{{")
		}
		at := strings.LastIndex(part, "}}") + 1
		out.WriteString(part[:at] + strings.ReplaceAll(part[at:], `\n`, "\n"))
	}
	if !strings.Contains(line, "{{") {
		return strings.ReplaceAll(line, `\n`, "\n")
	}
	return out.String()
}

func render(text string) outcome {
	result := outcome{Template: text}
	functions := sprig.TxtFuncMap()
	functions["split"] = strings.Split
	functions["normalize"] = func(name string) string {
		return strings.Join(strings.FieldsFunc(name, func(c rune) bool {
			return !unicode.IsLetter(c) && !unicode.IsNumber(c)
		}), "-")
	}

	var out bytes.Buffer
	parsed, err := template.New("case").Funcs(functions).Parse(text)
	if err == nil {
		err = parsed.Execute(&out, nil)
	}
	if err != nil {
		result.Error = err.Error()
		return result
	}
	output := out.String()
	result.Output = &output
	return result
}
