print("build: not yet")
