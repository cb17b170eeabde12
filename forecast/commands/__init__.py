"""What the commands do, one room for each kind; imported when the command is given."""
