// Writes what Go's regexp answers to many patterns, for tests/regexp.rs to compare with.
//
//	go run main.go > table.tsv
//
// One case per line: pattern, text, template, where the first match and its groups are, and the text with all matches
// replaced by the template. A pattern that Go refuses has "refused" instead of the last two.
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"strings"
)

// Patterns that are run against every one of the texts below.
var patterns = []string{
	// Literals, classes of one character, anchors.
	``, `a`, `abc`, `.`, `^`, `$`, `^$`, `^a`, `a$`, `(?m)^a`, `(?m)a$`, `(?s)a.b`, `a.b`, `\Aa`, `a\z`, `\Z`,
	`^*`, `^+a`, `$?`, `(^a)*`, `\b`, `\B`, `\ba\b`, `\b+`, `\b*a`, `a\B`, `\B.`,
	// Escapes.
	`\.`, `\-`, `\_`, `\<a\>`, `\!`, `\/`, `\a\f\t\n\r\v`, `\101`, `\141`, `\0`, `\07`, `\1`, `\8`, `\18`, `\12`, `\777`,
	`\x61`, `\x{61}`, `\x{000061}`, `\x{10FFFF}`, `\x{110000}`, `\x{}`, `\x6`, `\x`, `\xzz`, `\u0061`, `\e`, `\c`,
	`\C`, `\h`, `\R`, `\X`, `\K`, `\G`, `\`, `a\`, `\é`, `\ `, `\x{D800}`, `[\x{D000}-\x{DFFF}]`, `[^\x{D800}]`,
	`\Q.*\E`, `\Qa`, `\Qab\E+`, `\Q\E*`, `a\Q\E*`, `\E`, `a\E`, `\Qa\Eb\Qc\E`, `\Q\\E`, `(\Q)\E)`, `\Q(\E`, `[\Qa\E]`,
	// Repetition.
	`a*`, `a+`, `a?`, `a*?`, `a+?`, `a??`, `a{2}`, `a{2,}`, `a{1,2}`, `a{2}?`, `a{0}`, `a{0,0}b`, `a{,3}`, `a{`, `a{}`,
	`a{1`, `a{1,`, `a{1,2`, `a{x}`, `{id}`, `{1}`, `a{02}`, `a{0,02}`, `a{1001}`, `a{1000}`, `a{1,1001}`, `a{2,1}`,
	`a{99999999999}`, `a**`, `a++`, `a*+`, `a{2}{3}`, `a{2}*`, `a*{2}`, `a*??`, `(a*)*`, `(a*)+`, `(a+)*b`, `(a|b)*`,
	`(a){0}(b)`, `(?:(a)|(b){0})+(c)`, `(a){0}*`, `(?P<n>x)?(?P<n>a)`, `(a{10}){100}`, `(a{10}){101}`, `((a{10}){10}){10}`, `((a{10}){10}){11}`, `(a{0}){1000}`, `((a{1000}){0}){1000}`,
	`(?:a{2}|b{600}){2}`, `*`, `+a`, `?`, `(*a)`, `a|*`, `|*`, `(?i)*`, `a(?i)*`, `a*(?i)*`, `a*(?i){2}`, `(a|)*`,
	`(|a)*`, `(|a)+`, `(a|b|)+`, `(?:)*`, `()*`, `()+`, `(a?)*?b`, `(a*?)*?`, `a{2}(?U)`, `(?U)a+`, `(?U)a+?`, `(?U:a*)b`,
	`x*`, `(x)?a`, `(x*)*a`, `((a)|(b))*`, `(a)|b`, `(?:(a)|(b)|(c))+`, `(a+)(b+)?`, `(.*)(\d+)`, `(.*?)(\d+)`,
	// Groups and alternation.
	`(a)`, `(?:a)`, `(?P<n>a)`, `(?<n>a)`, `(?P<n>a)(?P<m>b)`, `(?P<n>a)(?P<n>b)`, `(?P<>a)`, `(?P<é>a)`, `(?P<n-m>a)`,
	`(?P<1>a)`, `(?P<_>a)`, `(?P<n`, `(?P<n>`, `(?P=n)`, `(?P>n)`, `(?'n'a)`, `(?<=a)b`, `(?<!a)b`, `(?=a)`, `(?!a)`,
	`(?>a)`, `(?#c)a`, `(?|a)`, `(?R)`, `(?1)`, `(?`, `(`, `)`, `(a`, `a)`, `()`, `(?)`, `(?)a`, `(?:)`, `a|b`, `|`, `a|`, `|a`,
	`a||b`, `(a|ab)(c|bcd)(d*)`, `ab|a`, `a|ab`, `(?:a|b)c|d`, `((((a))))`, `(a)(b)(c)`, `foo|bar|baz`, `(foo|foobar)`,
	// Flags.
	`(?i)ABC`, `(?i)é`, `(?i)k`, `(?i)[k]`, `(?i)ſ`, `(?i)\w`, `(?i)\W`, `(?i)[\W]`, `(?i)[^a-z]`, `(?i)[[:lower:]]`,
	`(?i)[[:^lower:]]`, `(?i)\p{Lu}`, `(?i)\P{Lu}`, `(?i:a)B`, `(?i)a(?-i)B`, `(a(?i)b)c`, `(?i-s)a`, `(?i-s:a.)`, `(?-)`,
	`(?i-)`, `(?--i)`, `(?i-i)A`, `(?x)a b`, `(?u)a`, `(?-u:a)`, `(?ims)a`, `(?imsU)a.+`, `(?smi-U)^a.$`, `(?i`, `(?i:`, `(?i:a`,
	`(?m)^$`, `(?m)^.*$`, `(?s).*`, `(?s)^.*$`, `(?m)\A`, `(?m)\z`, `(?-m)^a`, `(?ii)a`,
	// Classes in brackets.
	`[a]`, `[abc]+`, `[a-c]`, `[^a]`, `[^a-c]+`, `[]a]`, `[^]a]`, `[]`, `[^]`, `[`, `[a`, `[^`, `[a-]`, `[-a]`, `[a-`, `[--a]`,
	`[a--b]`, `[a-z-9]`, `[a-c-e]`, `[z-a]`, `[a[b]`, `[[a]`, `[a&&b]`, `[a~~b]`, `[a||b]`, `[.*+?]`, `[$^]`, `[\^]`, `[\]]`, `[\-]`,
	`[\w]`, `[\W]`, `[\d-z]`, `[a-\d]`, `[\s\S]`, `[^\s\S]`, `[\b]`, `[\B]`, `[\A]`, `[\Q]`, `[\n]`, `[\x41-\x43]`, `[\101-\103]`,
	`[\x{e9}]`, `[à-ü]+`, `[^à-ü]+`, `[é-a]`, `[[:alpha:]]+`, `[[:^alpha:]]+`, `[[:foo:]]`, `[[:alpha:`, `[[:alpha]`,
	`[:alpha:]`, `[[:word:][:space:]]+`, `[[:punct:]]`, `[[:xdigit:]]+`, `[[:ascii:]]+`, `[[:blank:]]`, `[[:cntrl:]]`, `[[:graph:]]+`,
	`[[:print:]]+`, `[[:space:]]`, `[[:upper:]]`, `[[:alnum:]]+`, `[[:digit:]]`, `[[.a.]]`, `[[=a=]]`, `[^[:alpha:]\d]`,
	`[a\]b]`, `[(]`, `[|]`, `[{}]`, `[a{2}]`, `[ -~]+`, `[^\n]+`, `[\0]`, `[\1]`, `[\x{0}-\x{10FFFF}]`, `[^\x{0}-\x{10FFFF}]`,
	// Perl and Unicode classes.
	`\d`, `\d+`, `\D+`, `\s`, `\S+`, `\w+`, `\W+`, `\pL`, `\pL+`, `\PL+`, `\p{L}`, `\p{Lu}`, `\p{^Lu}`, `\P{^Lu}`, `\p{Greek}+`,
	`\p{greek}`, `\p{GREEK}`, `\p{Han}`, `\p{Latin}+`, `\p{Letter}`, `\p{Uppercase_Letter}`, `\p{uppercase letter}`, `\p{Any}`,
	`\p{ASCII}+`, `\p{Assigned}`, `\p{LC}`, `\p{Cn}`, `\p{Cs}`, `\p{Nd}`, `\p{digit}`, `\p{punct}`, `\p{cntrl}`, `\p{Zl}`, `\p{Zs}`, `\pN`,
	`\p`, `\p{`, `\p{}`, `\p{^}`, `\p{L`, `\pX`, `\p{Foo}`, `\p{Alphabetic}`, `\p{sc=Greek}`, `\p{Script=Greek}`, `\p{gc=L}`, `\p{Grek}`,
	`\p{isL}`, `\p{IsGreek}`, `\p{L&}`, `\p{Latn}`, `\p{Emoji}`, `\p{^L}+`, `[\p{L}\d]+`, `[^\p{L}]`, `[\P{L}]`, `\p{Inherited}`, `\p{Common}+`,
	// What rules look like.
	`^[a-z0-9-]+\.example\.com$`, `^/api/v[0-9]+/`, `^(?:www\.)?(.+)$`, `^/(?P<lang>[a-z]{2})/(.*)`, `^https?://([^/]+)(/.*)?$`,
	`^/users/(\d+)/?$`, `\.(?:png|jpe?g|gif)$`, `(?i)\.PHP$`, `^[^.]+\.[^.]+$`, `^.+$`, `^$|^a`, `[^/]+$`, `/(a|b)/(c|d)`,
}

var texts = []string{
	"", "a", "abc", "aaa", "ab\nba", "x\ny", "ABC", "éÉ ſK", "a{,3} {id} a{", "a.b-c_d 42", "αβγ 日本", "/api/v1/users/42",
	"www.example.com", "a\\Q.*<a>\x00\x07", "]^a-&[:lph", "bbbaaacd",
}

// Replacements: pattern, text, template.
var replacements = [][3]string{
	{`(a)(b)?`, "abaca", "[$1$2]"}, {`(a)(b)?`, "abaca", "[${1}${2}]"}, {`(a)`, "aba", "$1x"}, {`(a)`, "aba", "${1}x"},
	{`(a)`, "aba", "$1_"}, {`(a)`, "aba", "$1-"}, {`(a)`, "aba", "$$1"}, {`(a)`, "aba", "$$$1"}, {`(a)`, "aba", "$"},
	{`(a)`, "aba", "$$"}, {`(a)`, "aba", "$ "}, {`(a)`, "aba", "${"}, {`(a)`, "aba", "${}"}, {`(a)`, "aba", "${1"},
	{`(a)`, "aba", "${1 }"}, {`(a)`, "aba", "${a-b}"}, {`(a)`, "aba", "$01"}, {`(a)`, "aba", "$0"}, {`(a)`, "aba", "${0}"},
	{`(a)`, "aba", "${00}"}, {`(a)`, "aba", "$2"}, {`(a)`, "aba", "$10"}, {`(a)`, "aba", "$999999999"}, {`(a)`, "aba", "$1é"},
	{`(a)`, "aba", "$é"}, {`(a)`, "aba", "$é1-"}, {`(a)`, "aba", "$日本 "}, {`(a)`, "aba", "$٣x"}, {`(a)`, "aba", "$²"},
	{`(a)`, "aba", "${é}"}, {`(a)`, "aba", "$\u0301"}, {`(a)`, "aba", "\\1"}, {`(a)`, "aba", "&"}, {`(a)`, "aba", "$-1"},
	{`(?P<n>a)(?P<nm>b)`, "abab", "$n"}, {`(?P<n>a)(?P<nm>b)`, "abab", "$nm"}, {`(?P<n>a)(?P<nm>b)`, "abab", "${n}m"},
	{`(?P<n>a)(?P<nm>b)`, "abab", "$nmx"}, {`(?P<n>a)(?P<nm>b)`, "abab", "$n.$nm"}, {`(?P<n>a)(?P<nm>b)`, "abab", "$n$nm$1$2"},
	{`(?P<1>a)(b)`, "ab", "$1"}, {`(?P<01>a)(b)`, "ab", "$01"}, {`(?P<_>a)`, "a", "$_"}, {`(?P<n>x)?a`, "a", "<$n>"}, {`(?P<n>x)?(?P<n>a)(?P<n>b)`, "ab", "<$n>"},
	{``, "abc", "-"}, {`x*`, "abc", "-"}, {`a*`, "baaac", "-"}, {`b*`, "abc", "-"}, {`a*?`, "aa", "-"}, {`$`, "abc", "-"},
	{`^`, "abc", "-"}, {`\b`, "a bc", "-"}, {`(?m)^`, "a\nb\n", "> "}, {`(?m)$`, "a\nb\n", ";"}, {`x*`, "éé", "-"}, {``, "日本", "-"},
	{`\B`, "aéb", "-"}, {`a|`, "aab", "-"}, {`(?:ab)*`, "ababxab", "-"}, {`.`, "a\né", "-"}, {`a`, "", "-"}, {``, "", "-"},
	{`^/api/(.*)`, "/api/users", "/v2/$1"}, {`^/(?P<lang>[a-z]{2})/(.*)`, "/en/x", "/$2?lang=$lang"}, {`^/api/(.*)`, "/x", "/$1"},
	{`^http://(.*)$`, "http://a/b?c", "https://$1"}, {`^https?://([^/]+)/(.*)`, "http://a.b/c", "https://www.${1}/$2"},
}

// Pieces that random patterns are made of.
var pieces = []string{
	"a", "b", "ab", ".", "^", "$", `\b`, `\B`, "(", ")", "(?:", "(?i)", "(?s)", "(?m)", "(?U)", "(?i:", "|", "*", "+", "?", "*?", "+?", "??",
	"{2}", "{1,2}", "{0,}", "{", "}", ",", "[ab]", "[^a]", "[", "]", "-", `\d`, `\w`, `\s`, `\W`, `\pL`, `\.`, `\Q`, `\E`, "é", " ", `\n`, "[[:alpha:]]",
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, pattern := range patterns {
		for _, text := range texts {
			if !write(out, pattern, text, "<$0|$1>") {
				break
			}
		}
	}
	for _, r := range replacements {
		write(out, r[0], r[1], r[2])
	}
	random := rand.New(rand.NewSource(1))
	for range 1500 {
		var pattern strings.Builder
		for range 1 + random.Intn(8) {
			pattern.WriteString(pieces[random.Intn(len(pieces))])
		}
		write(out, pattern.String(), texts[random.Intn(len(texts))], "<$1>")
		write(out, pattern.String(), "aab ba\nABé 4", "<$2>")
	}
}

// write writes one case and tells whether the pattern was accepted.
func write(out *bufio.Writer, pattern, text, template string) bool {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		fmt.Fprintf(out, "%s\t\t\trefused\t\n", escape(pattern))
		return false
	}
	found := "none"
	if places := compiled.FindStringSubmatchIndex(text); places != nil {
		var groups []string
		for i := 0; i < len(places); i += 2 {
			if places[i] < 0 {
				groups = append(groups, "-")
			} else {
				groups = append(groups, fmt.Sprintf("%d:%d", places[i], places[i+1]))
			}
		}
		found = strings.Join(groups, " ")
	}
	replaced := compiled.ReplaceAllString(text, template)
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", escape(pattern), escape(text), escape(template), found, escape(replaced))
	return true
}

var escapes = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0", "\x07", "\\a")

func escape(text string) string {
	return escapes.Replace(text)
}
