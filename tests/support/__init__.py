"""Real parts for the tests: databases, brokers, mail servers, workers and a browser, started here and stopped again."""
