// Writes what Go makes of many addresses, for the tests of redirect to compare with.
//
//	go run main.go > table.tsv
//
// One case per line: the address, and how Go writes it again, or "refused" without anything behind.
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"net/url"
	"os"
	"strings"
)

// What people write, and what they get wrong.
var addresses = []string{
	``, `*`, `/`, `//`, `///`, `////a`, `?`, `#`, `?#`, `a`, `a b`, `./a`, `../a`, `a:b`, `a b:c`, `./a:b`, `a/b:c`, `%3a/b`, `a%3Ab/c`,
	`:`, `:a`, `://x`, `1x:y`, `-x:y`, `+x:y`, `x+y-z.1:a`, `x_y:a`, `x%41:a`, `HTTP://A.test/%2f`, `http:`, `http:a`, `http:/a`, `http://`,
	`http:///a`, `http:////a`, `http://?a`, `http://a?`, `http://a??`, `http://a?b?`, `http://a.test`, `http://a.test/`, `https://a.test:443/x?y#z`,
	`http://a.test:`, `http://a.test:/`, `http://a.test:x/`, `http://a.test:80x/`, `http://a.test:99999/`, `http://a:b:80/`, `x://a:b:80/`,
	`x://a:b:c/`, `x://a,b:1,c:2/`, `http://a b/`, `http://a%20b/`, `http://a%41.test/`, `http://a%C3%BC/`, `http://a%zz/`, `http://a%2/`, `http://a%25b/`,
	`http://a{b}.test/`, `http://a<b>"c"/`, `http://a|b/`, `http://a^b/`, "http://a`b/", `http://a\b/`, `http://a[b]/`, `http://[::1]/`, `http://[::1]:80/`,
	`http://[::1]:x/`, `http://[::1]x/`, `http://[::1/`, `http://::1]/`, `http://[::1%25eth0]/`, `http://[::1%25]/`, `http://[::1%eth0]/`,
	`http://[::1%25e%20h]/`, `http://[::1%25e%41h]/`, `http://[::1%25e%2Fh]/`, `http://[1.2.3.4]/`, `http://[::1.2.3.4]/`, `http://[::ffff:1.2.3.4]/`,
	`http://[a]/`, `http://[]/`, `http://[1:2:3:4:5:6:7:8]/`, `http://[1:2:3:4:5:6:7]/`, `http://[1:2:3:4:5:6:7:8:9]/`, `http://[1::2::3]/`, `http://[::12345]/`,
	`http://[::01.2.3.4]/`, `http://[1:2:3:4:5:6:7::]/`, `http://[1:2:3:4:5:6:7:8::]/`, `http://[::1]:80:90/`, `http://[::%C3%BC]/`, `http://[::1%25%C3%BC]/`,
	`http://[v1.a]/`, `http://x[::1]/`, `http://[[::1]]/`, `http://u@[::1]/`,
	`http://u@a/`, `http://u:p@a/`, `http://u:p:q@a/`, `http://:@a/`, `http://@a/`, `http://@/`, `http://u@/`, `http://us<er@a/`, `http://u%3Cr:p@a/`, `http://u%zz@a/`,
	`http://u@b@a/`, `http://u%40b@a/`, `http://u/b@a/`, `http://u?b@a/`, `http://ü@a/`, `http://u!'()*@a/`, `//u@a/`, `//a/b`, `//a`, `//a:x`, `//a b`, `/a//b`, `//@`,
	`http://a/b c`, `http://a/b%20c`, `http://a/b%2fc`, `http://a/b%2Fc d`, `http://a/%zz`, `http://a/%4`, `http://a/%`, `http://a/[b]`, `http://a/[b]{c}`,
	`http://a/[a]{b}|c^d\e;g,h`, `http://a/!'()*`, `http://a/!'()* `, `http://a/"`, `http://a/;,:@&=+$`, `http://a/%7e%41`, `http://a/%7e%41 `, `http://a/ü`,
	`http://a/%C3%BC`, `http://a/%ff`, `http://a/%ff `, `http://a/*`, `/*`, `http://a/..//.`, "http://a/`", "/a\\c\"", `/a%2a`,
	`http://a/?x=%zz&b= c"<>`, `http://a/?ü`, `http://a/?a#`, `http://a/?a#b`, `http://a/?#b`, `http://a/#%zz`, `http://a/#a b{`, `http://a/#a%20b`, `http://a/#a%2fb`,
	`http://a/#a%2fb c`, `http://a/#a#b`, `http://a/#[a]`, `http://a/#'!()*`, `http://a/#' `, `http://a/#ü`, `http://a/#?/:@`, `#a`, `#*`, `#* `, `mailto:a b%zz`, `mailto:a?b c#d e`,
	`javascript:alert(1)`, `data:text/html,<b>`, "http://a/\tx", "http://a/x\n", "http://a/#\n", "http://a/?\x7f", "\x00", `*?a`, `*#a`, `* `, ` http://a/`, `http ://a/`,
	`http://a/b?c d`, `http://ü.test/ü?ü#ü`, `http://a.test./`, `http://-/`, `http://_/`, `http://a,b;c=d/`, `http://$a/`, `http://%/`, `a?b:c`, `a#b:c`, `?a:b`, `a%zz`, `a%20b`, `a%2fb c`,
}

var pieces = []string{
	"http:", "https:", "x:", "//", "/", "/", "a", "b.test", ":80", ":x", ":", "@", "u:p@", "[::1]", "[", "]", "%20", "%2f", "%41", "%zz", "%", "%25",
	"?", "?c=d", "#", "#e", " ", "ü", "<", "{", "'", "!", ";", "*", "\\", "&=", "+", "..",
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	escape := strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\x00", "\\0")
	write := func(address string) {
		answer := "refused"
		if parsed, err := url.Parse(address); err == nil {
			answer = "=" + parsed.String()
		}
		fmt.Fprintf(out, "%s\t%s\n", escape.Replace(address), escape.Replace(answer))
	}
	for _, address := range addresses {
		write(address)
	}
	random := rand.New(rand.NewSource(1))
	for range 4000 {
		var address strings.Builder
		if random.Intn(2) == 0 {
			address.WriteString("http://")
		}
		for range 1 + random.Intn(7) {
			address.WriteString(pieces[random.Intn(len(pieces))])
		}
		write(address.String())
	}
}
