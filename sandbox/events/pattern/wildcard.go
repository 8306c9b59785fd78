package pattern

import "strings"

// wildcard is a text with stars: the pieces between the stars, in order.
type wildcard struct{ pieces []string }

// parseWildcard reads * as any run of characters, \* as a star and \\ as a
// backslash. Two stars in a row and other escapes are refused.
func parseWildcard(text string, path []string) (wildcard, error) {
	pieces := []string{}
	var piece strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i+1 == len(text) || (text[i+1] != '*' && text[i+1] != '\\') {
				return wildcard{}, invalid("Invalid escape character at pos %d%s", i, at(path))
			}
			i++
			piece.WriteByte(text[i])
		case '*':
			if i+1 < len(text) && text[i+1] == '*' {
				return wildcard{}, invalid("Consecutive wildcard characters at pos %d%s", i, at(path))
			}
			pieces = append(pieces, piece.String())
			piece.Reset()
		default:
			piece.WriteByte(text[i])
		}
	}
	return wildcard{pieces: append(pieces, piece.String())}, nil
}

// match takes each inner piece at its first place, which is right because a
// star admits anything.
func (w wildcard) match(s string) bool {
	last := len(w.pieces) - 1
	if last == 0 {
		return s == w.pieces[0]
	}
	if !strings.HasPrefix(s, w.pieces[0]) {
		return false
	}
	s = s[len(w.pieces[0]):]
	for _, piece := range w.pieces[1:last] {
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s = s[i+len(piece):]
	}
	return strings.HasSuffix(s, w.pieces[last])
}
