// Writes `table.jsonl`: odd Corefiles, and whether CoreDNS's own reader takes a server block after each as a block of
// its own. Nothing is said where it refuses the text as it is.
//
//	go run . > table.jsonl 2> /dev/null
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"reflect"
	"strings"

	"github.com/coredns/caddy/caddyfile"
)

const most = 300

type line struct {
	Text  string `json:"text"`
	Apart *bool  `json:"apart"`
}

var pieces = []string{
	"a", "b.example:53", "dns://c", ",", ", ", " ", " ", "\n", "\n", "\n", "\r\n", "\t", "{", " {\n", " {\n", "}", "\n}\n",
	"\n}\n", "#", "# x }\n", "\"", "\"{\"", "\\", "\\\"", "errors", "forward . 10.0.0.1", "(s)", "é", "k {\n}\n",
	"x {\n  errors\n}\n", "{1}", "a{", "}b", "import odd/*.server\n",
}

func main() {
	out := json.NewEncoder(os.Stdout)
	random := rand.New(rand.NewSource(1))
	seen := map[string]bool{}
	written := map[string]int{}
	for written["apart"] < most || written["part"] < most || written["refused"] < most {
		var text strings.Builder
		for n := random.Intn(14); n > 0; n-- {
			text.WriteString(pieces[random.Intn(len(pieces))])
		}
		one := line{Text: text.String()}
		kind := "refused"
		if before, ok := keys(one.Text); ok {
			after, ok := keys(one.Text + "\nmaesh:53 {\n    errors\n}\n")
			apart := ok && reflect.DeepEqual(after, append(before, []string{"maesh:53"}))
			one.Apart = &apart
			kind = map[bool]string{true: "apart", false: "part"}[apart]
		}
		if seen[one.Text] || written[kind] == most {
			continue
		}
		seen[one.Text] = true
		written[kind]++
		if err := out.Encode(one); err != nil {
			panic(err)
		}
	}
}

// What stands before the braces of each server block.
func keys(text string) (found [][]string, ok bool) {
	blocks, err := caddyfile.Parse("Corefile", strings.NewReader(text), nil)
	for _, block := range blocks {
		found = append(found, block.Keys)
	}
	return found, err == nil
}
