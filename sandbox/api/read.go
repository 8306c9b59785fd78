package api

import "encoding/json"

// Read decodes the parameters of a call into a struct whose fields are named like the parameters. A parameter of
// another type is the client's fault: a SerializationException.
func Read(c *Call, into any) error {
	text, err := json.Marshal(c.Input)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return &Error{Code: "SerializationException", Message: err.Error()}
	}
	return nil
}
