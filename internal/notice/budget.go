package notice

func readBudget(string) (Message, bool) { return nil, false }
