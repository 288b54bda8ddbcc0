"""Starting: from a bare folder to a service that answers."""
