package main

import "regexp"

// masked stands where something was that looks like a secret.
const masked = "[masked]"

// Pulumi shows the values that it knows to be secret as [secret]. These are the shapes of secrets that a program
// handed to it in plain, or that a provider put into an error.
var secretShapes = []*regexp.Regexp{
	regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\z)`),
	regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`),
	regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}`),
	regexp.MustCompile(`\bxox[a-z]-[A-Za-z0-9-]{10,}`),
	regexp.MustCompile(`https://hooks\.slack\.com/[^\s"'\x60]+`),
	regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+`),
}

// secretProperty is a line of a diff, of JSON or of an environment, whose key says that the value is secret. The
// value is what stands in double quotes; the names and ARNs of secrets are none.
var secretProperty = regexp.MustCompile(
	`(?im)^(.*?["']?[\w.-]*(?:password|passphrase|secretstring|secretkey|secret_access_key|secretaccesskey|clientsecret|apikey|api_key|authtoken|accesstoken|sessiontoken|session_token|privatekey|private_key|webhookurl)["']?\s*[:=]+\s*)(".*)$`)

var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	userinfo = regexp.MustCompile(`://[^/\s:@"]+:[^/\s@"]+@`)
)

// mask replaces what looks like a secret. It is the second line of defence, behind Pulumi's own.
func mask(text string) string {
	for _, shape := range secretShapes {
		text = shape.ReplaceAllString(text, masked)
	}
	text = userinfo.ReplaceAllString(text, "://"+masked+"@")
	return secretProperty.ReplaceAllStringFunc(text, func(line string) string {
		parts := secretProperty.FindStringSubmatch(line)
		return parts[1] + quoted.ReplaceAllString(parts[2], `"`+masked+`"`)
	})
}
