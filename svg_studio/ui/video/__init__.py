"""Shows frames on the screen: tiles, players and the clock they follow."""
