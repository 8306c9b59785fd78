package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Read returns the one JSON value that text holds, numbers as json.Number, and a fault for each key that an
// object repeats: encoding/json would let the last one win without a word. The error says at which line and
// column text is not JSON.
func Read(text []byte) (tree any, repeated Faults, err error) {
	r := reader{json.NewDecoder(bytes.NewReader(text)), nil}
	r.UseNumber()
	tree, err = r.value("")
	if err == nil {
		if _, more := r.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("text after the end of the document: remove it")
		}
	}
	if err != nil {
		before := text[:min(int(r.InputOffset()), len(text))]
		line, column := bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')
		return nil, nil, fmt.Errorf("not JSON at line %d, column %d: %w", line, column, err)
	}
	return tree, r.repeated, nil
}

type reader struct {
	*json.Decoder
	repeated Faults
}

func (r *reader) next() (json.Token, error) {
	token, err := r.Token()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the document ends too early: close every { and [")
	}
	return token, err
}

func (r *reader) value(path string) (any, error) {
	token, err := r.next()
	switch token {
	case json.Delim('{'):
		return r.object(path)
	case json.Delim('['):
		return r.list(path)
	default:
		return token, err
	}
}

func (r *reader) object(path string) (any, error) {
	object := map[string]any{}
	for r.More() {
		token, err := r.next()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder refuses anything else before a colon
		at := Child(path, key)
		if _, ok := object[key]; ok {
			r.repeated = append(r.repeated, Fault{Path: at, Problem: "appears twice", Mend: "keep one"})
		}
		if object[key], err = r.value(at); err != nil {
			return nil, err
		}
	}
	_, err := r.next()
	return object, err
}

func (r *reader) list(path string) (any, error) {
	list := []any{}
	for r.More() {
		value, err := r.value(Element(path, len(list)))
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := r.next()
	return list, err
}
