"""Floor 4: how wrong a result is. `pose` compares camera paths, `generation` looks at what the pictures do."""
