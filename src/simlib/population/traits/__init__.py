"""What follows from people and money: homes, skill, health costs, relatives."""
