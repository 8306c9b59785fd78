package fakeaws

// readItems knows nothing: every finding is news.
func (s *Server) readItems(*call) answer {
	return jsonAnswer(map[string]any{"Responses": map[string]any{}, "UnprocessedKeys": map[string]any{}})
}

// readItem knows nothing either: no resource was repaired before.
func (s *Server) readItem(*call) answer { return jsonAnswer(map[string]any{}) }

// startExecution starts nothing and says that it did.
func (s *Server) startExecution(*call) answer {
	return jsonAnswer(map[string]any{"AutomationExecutionId": "00000000-0000-4000-8000-000000000000"})
}

// writeItems takes what comes.
func (s *Server) writeItems(*call) answer { return jsonAnswer(map[string]any{}) }

// updateItem takes what comes. Of the window of findings it says that it holds those that just came, and that its end is
// on its way.
func (s *Server) updateItem(c *call) answer {
	var in struct {
		ExpressionAttributeValues map[string]map[string]any
	}
	c.read(&in)
	count, there := in.ExpressionAttributeValues[":n"]
	if !there {
		return jsonAnswer(map[string]any{})
	}
	type value = map[string]string
	return jsonAnswer(map[string]any{"Attributes": map[string]any{
		"Key": value{"S": "digest#open"}, "Name": value{"S": "bench"}, "Findings": count,
		"Until": value{"N": "4102444800000"}, "Scheduled": value{"N": "1"}, // 2100
	}})
}

func (s *Server) publish(c *call) answer {
	return queryAnswer(c, snsNamespace, "<MessageId>00000000-0000-0000-0000-000000000000</MessageId>")
}
