package notice

func readAlerts(string) (Message, bool) { return nil, false }
