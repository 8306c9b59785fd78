package cloudtrail

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"sync"
	"time"
)

// identities knows who stands behind an access key.
type identities struct {
	account string
	mu      sync.Mutex
	known   map[string]identity
}

// identity is a principal: the ARN of an IAM user or of an assumed role's session.
type identity struct {
	arn   string
	id    string // unique id, "AIDA..." or "AROA...:session"; made from the ARN when empty
	since time.Time
}

func (k *identities) register(accessKey string, who identity) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[accessKey] = who
}

// of returns the userIdentity element of an access key. A key that nobody
// registered, such as the dummy "test", stands for an IAM user of that name.
func (k *identities) of(accessKey string) map[string]any {
	k.mu.Lock()
	who, ok := k.known[accessKey]
	k.mu.Unlock()
	if !ok {
		who = identity{arn: "arn:aws:iam::" + k.account + ":user/" + accessKey}
	}
	account := part(who.arn, 4)
	if account == "" {
		account = k.account
	}
	out := map[string]any{"arn": who.arn, "accountId": account, "accessKeyId": accessKey, "principalId": who.id}
	resource := strings.Split(part(who.arn, 5), "/")
	name := resource[len(resource)-1]
	if resource[0] != "assumed-role" || len(resource) < 3 {
		out["type"], out["userName"] = "IAMUser", name
		if who.id == "" {
			out["principalId"] = uniqueID("AIDA", who.arn)
		}
		return out
	}
	role := "arn:" + part(who.arn, 1) + ":iam::" + account + ":role/" + resource[1]
	issuer := uniqueID("AROA", role)
	if before, _, ok := strings.Cut(who.id, ":"); ok {
		issuer = before
	}
	out["type"], out["principalId"] = "AssumedRole", issuer+":"+name
	out["sessionContext"] = map[string]any{
		"sessionIssuer": map[string]any{"type": "Role", "principalId": issuer, "arn": role, "accountId": account, "userName": resource[1]},
		"attributes":    map[string]any{"creationDate": who.since.UTC().Format(time.RFC3339), "mfaAuthenticated": "false"},
	}
	return out
}

// part returns one colon-separated part of an ARN; the sixth holds the rest.
func part(arn string, i int) string {
	parts := strings.SplitN(arn, ":", 6)
	if i >= len(parts) {
		return ""
	}
	return parts[i]
}

// uniqueID makes the id that IAM would have given: the same ARN, the same id.
func uniqueID(prefix, arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}
