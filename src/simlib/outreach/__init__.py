"""How the state reaches out: instruments that change burdens, contact people or check records."""
