"""Back-testing policies: what a file of them would have done to the rows of a history."""
