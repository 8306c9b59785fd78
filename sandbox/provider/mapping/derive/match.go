package derive

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// A pair is taken when its score, mostly the likeness of the property names, reaches leastScore and the property
// names alone reach leastLikeness.
const (
	propertyWeight = 0.6
	nameWeight     = 1 - propertyWeight
	leastScore     = 0.45
	leastLikeness  = 0.5
	// providerPrefix begins the tokens that are not resource types of AWS.
	providerPrefix = "pulumi:"
)

type pair struct {
	token, terraform string
	score            float64
}

// match pairs Terraform types with tokens, best pairs first, each side once. fixed pairs are taken as they are.
// leftovers describes the types of both sides that found no partner.
func match(items map[string]*Item, types shim.ResourceMap, fixed map[string]string) (byTerraform map[string]string, leftovers []string) {
	byTerraform = map[string]string{}
	taken := map[string]bool{}
	for tf, tok := range fixed {
		byTerraform[tf], taken[tok] = tok, true
	}
	for _, p := range pairs(items, types) {
		if taken[p.token] || byTerraform[p.terraform] != "" {
			continue
		}
		taken[p.token], byTerraform[p.terraform] = true, p.token
	}
	for tok := range items {
		if !taken[tok] && !strings.HasPrefix(tok, providerPrefix) {
			leftovers = append(leftovers, fmt.Sprintf("%s has no Terraform type", tok))
		}
	}
	types.Range(func(tf string, _ shim.Resource) bool {
		if byTerraform[tf] == "" {
			leftovers = append(leftovers, fmt.Sprintf("%s has no Pulumi type", tf))
		}
		return true
	})
	slices.Sort(leftovers)
	return byTerraform, leftovers
}

// pairs are all plausible pairs, best first; equal scores are in the order of their names.
func pairs(items map[string]*Item, types shim.ResourceMap) []pair {
	pulumi := map[string]map[string]bool{}
	for tok, item := range items {
		if strings.HasPrefix(tok, providerPrefix) || unmatched[tok] {
			continue
		}
		names := map[string]bool{}
		for name := range item.all() {
			names[plain(name)] = true
		}
		delete(names, "id")
		pulumi[tok] = names
	}
	var found []pair
	types.Range(func(tf string, r shim.Resource) bool {
		names := map[string]bool{}
		r.Schema().Range(func(attribute string, _ shim.Schema) bool { names[plain(attribute)] = true; return true })
		delete(names, "id")
		for tok, theirs := range pulumi {
			like := likeness(names, theirs)
			if like <= leastLikeness {
				continue
			}
			if score := propertyWeight*like + nameWeight*nameLikeness(tok, tf); score > leastScore {
				found = append(found, pair{tok, tf, score})
			}
		}
		return true
	})
	slices.SortFunc(found, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.token, b.token), cmp.Compare(a.terraform, b.terraform))
	})
	return found
}

// plain is a name without case, underscores and the ending of the plural.
func plain(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	switch {
	case strings.HasSuffix(name, "ies"):
		return strings.TrimSuffix(name, "ies") + "y"
	case strings.HasSuffix(name, "ses"), strings.HasSuffix(name, "xes"), strings.HasSuffix(name, "ches"):
		return strings.TrimSuffix(name, "es")
	}
	return strings.TrimSuffix(name, "s")
}

// likeness is the share of common names among all names of two sets, 1 for two empty ones.
func likeness(a, b map[string]bool) float64 {
	common := 0
	for name := range a {
		if b[name] {
			common++
		}
	}
	all := len(a) + len(b) - common
	if all == 0 {
		return 1
	}
	return float64(common) / float64(all)
}

// nameLikeness compares a token as "aws:s3/bucketV2:BucketV2" with a Terraform type as "aws_s3_bucket": 1 when they
// are the same but for spelling, less when only the type agrees, else by the words they share.
func nameLikeness(tok, tf string) float64 {
	parts := strings.Split(tok, ":")
	module, _, _ := strings.Cut(parts[1], "/")
	if module == "index" {
		module = ""
	}
	typ := strings.TrimPrefix(parts[2], "get")
	tf = strings.TrimPrefix(tf, "aws_")

	flatTF, flatModule, flatType := strings.ReplaceAll(tf, "_", ""), strings.ToLower(module), strings.ToLower(typ)
	older := strings.TrimSuffix(flatType, "v2")
	switch flatTF {
	case flatModule + flatType:
		return 1
	case flatType:
		return 0.98
	case flatModule + older, older:
		return 0.9
	}
	like := likeness(words(module+"_"+typ), words(tf))
	if strings.HasSuffix(flatTF, flatType) || strings.HasSuffix(flatType, flatTF) {
		like = (1 + like) / 2
	}
	return 0.85 * like
}

// words are the words of a name in camel or snake case, in lower case.
func words(name string) map[string]bool {
	set := map[string]bool{}
	word := ""
	end := func() {
		if word != "" {
			set[strings.ToLower(word)] = true
		}
		word = ""
	}
	for _, r := range name {
		if r == '_' || unicode.IsUpper(r) {
			end()
		}
		if r != '_' {
			word += string(r)
		}
	}
	end()
	return set
}
