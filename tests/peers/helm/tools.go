//go:build tools

// Package tools asks for Helm, so that its module and all that it needs are pinned in go.mod and go.sum.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
