package notice

func readAlarm(string) (Message, bool) { return nil, false }
