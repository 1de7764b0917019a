"""HTTP below the routes: protocol limits, bodies, parameters, paths, error responses."""
