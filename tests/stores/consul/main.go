//go:build tools

// Package tools asks for Consul, so that its module and all that it needs are pinned in go.mod and go.sum.
package tools

import _ "github.com/hashicorp/consul"
