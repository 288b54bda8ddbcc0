"""Foreign records become events: mappings say how, rows that cannot be read are set aside."""
