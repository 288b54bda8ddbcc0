"""The manual of the API: described once as data, published as OpenAPI and as a page."""
